import type { Dashboard } from './dashboard.ts';

export interface RunbookSection {
  alert: string;
  /** In Markdown. */
  content: string;
}

const uid = 'souk-runbook';

/** The sections of a runbook in Markdown: those whose heading, of the third level, is an alert's name. */
export const runbookSections = (markdown: string): RunbookSection[] =>
  markdown.split(/^(?=#{2,3} )/m).flatMap((section) => {
    const [, alert, content = ''] = /^### (Souk\w+)\n([\s\S]*)$/.exec(section) ?? [];
    return alert ? [{ alert, content: content.trim() }] : [];
  });

/** The runbook as a dashboard, so that a panel's link leads to it wherever Grafana runs. */
export const runbook = (sections: readonly RunbookSection[]): Dashboard => ({
  uid,
  title: 'Runbook',
  description: 'What to do about each alert. The source is prometheus/README.md.',
  plain: true,
  rows: [
    {
      title: 'Alerts',
      panels: sections.map(({ alert, content }) => ({
        kind: 'text' as const,
        title: alert,
        description: 'From prometheus/README.md.',
        content,
        width: 12,
        height: 10,
      })),
    },
  ],
});

/** Where a panel links to: the section alone, or the whole runbook. Throws for an alert that has no section. */
export const runbookUrl =
  (sections: readonly RunbookSection[]) =>
  (alert: string | undefined): string => {
    if (alert === undefined) return `/d/${uid}`;
    const index = sections.findIndex((section) => section.alert === alert);
    if (index < 0) throw new Error(`the runbook has no section on ${alert}`);
    // The first panel of the runbook is its row.
    return `/d/${uid}?viewPanel=${index + 2}`;
  };

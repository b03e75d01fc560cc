import { heightOf, type Panel, panelJson } from './panel.ts';

export interface Row {
  title: string;
  /** Side by side, at most 24 columns wide; the next line begins where they are full. */
  panels: Panel[];
}

export interface Dashboard {
  /** Never changes: links and bookmarks hold it. At most 40 characters. */
  uid: string;
  title: string;
  description: string;
  rows: Row[];
  /** Without the variables service and instance, and the panels' links to the runbook. */
  plain?: boolean;
  /** With a variable for the source of traces. */
  traces?: boolean;
}

const columns = 24;
const schemaVersion = 39;

/** The dashboard as Grafana loads it from a file. The same input gives the same JSON, ids of panels included. */
export const dashboardJson = (
  { uid, title, description, rows, plain, traces }: Dashboard,
  runbookUrl: (alert: string | undefined) => string,
): object => ({
  uid,
  title: `Souk / ${title}`,
  description,
  tags: ['souk'],
  schemaVersion,
  version: 1,
  editable: true,
  graphTooltip: 1,
  refresh: plain ? '' : '10s',
  time: { from: 'now-30m', to: 'now' },
  timezone: 'browser',
  templating: { list: variables(plain ?? false, traces ?? false) },
  annotations: { list: plain ? [] : [firingAlerts] },
  links: [
    {
      type: 'dashboards',
      title: 'Souk',
      tags: ['souk'],
      asDropdown: true,
      includeVars: true,
      keepTime: true,
    },
  ],
  panels: layOut(rows, runbookUrl),
});

const variables = (plain: boolean, traces: boolean): object[] => {
  const source = { name: 'datasource', type: 'datasource', label: 'Data source', query: 'prometheus' };
  const spans = { name: 'traces', type: 'datasource', label: 'Traces', query: 'jaeger' };
  if (plain) return [];
  return [
    source,
    ...(traces ? [spans] : []),
    labelVariable('service', 'Service', 'up{job="souk"}'),
    labelVariable('instance', 'Instance', 'up{job="souk", service=~"$service"}'),
  ];
};

const labelVariable = (name: string, label: string, series: string): object => ({
  name,
  label,
  type: 'query',
  datasource: { type: 'prometheus', uid: '$datasource' },
  query: { query: `label_values(${series}, ${name})`, refId: 'variable' },
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: '.+',
  current: { text: ['All'], value: ['$__all'] },
});

const firingAlerts = {
  name: 'Firing alerts',
  datasource: { type: 'prometheus', uid: '$datasource' },
  enable: true,
  iconColor: 'red',
  expr: 'ALERTS{alertname=~"Souk.+", alertstate="firing", severity="critical"}',
  titleFormat: '{{alertname}}',
  textFormat: '{{service}}',
};

const layOut = (rows: readonly Row[], runbookUrl: (alert: string | undefined) => string): object[] => {
  const placed: object[] = [];
  let id = 0;
  let y = 0;
  for (const { title, panels } of rows) {
    const gridPos = { x: 0, y: y++, w: columns, h: 1 };
    placed.push({ id: ++id, type: 'row', title, collapsed: false, gridPos, panels: [] });
    for (const line of linesOf(panels)) {
      const h = Math.max(...line.map(({ panel }) => heightOf(panel)));
      for (const { panel, x, w } of line)
        placed.push(panelJson(panel, { id: ++id, gridPos: { x, y, w, h }, runbookUrl }));
      y += h;
    }
  }
  return placed;
};

/** Panels without a width share a line; those with one go on in the same line as long as they fit. */
const linesOf = (panels: readonly Panel[]): { panel: Panel; x: number; w: number }[][] => {
  const free = panels.filter(({ width }) => width === undefined).length;
  const given = panels.reduce((sum, { width = 0 }) => sum + width, 0);
  const shared = Math.floor((columns - (given % columns)) / Math.max(1, free));
  const lines: { panel: Panel; x: number; w: number }[][] = [[]];
  let x = 0;
  for (const panel of panels) {
    const w = panel.width ?? shared;
    if (x + w > columns) {
      lines.push([]);
      x = 0;
    }
    lines.at(-1)?.push({ panel, x, w });
    x += w;
  }
  return lines;
};

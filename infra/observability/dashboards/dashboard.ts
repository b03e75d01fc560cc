import type { Panel } from './panel.ts';
import { heightOf, type Placed, panelJson } from './panel-json.ts';

export interface Row {
  title: string;
  /** Side by side, at most 24 columns wide; the next line begins where they are full. */
  panels: Panel[];
}

export const row = (title: string, ...panels: Panel[]): Row => ({ title, panels });

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
  /** What its links lead to beside Grafana, each a variable: another address is typed in at the top. */
  addresses?: Address[];
}

/** A link has it as `${name:raw}`: the other formats would write the slashes otherwise. */
export interface Address {
  name: string;
  label: string;
  /** Without a slash at the end. */
  usual: string;
}

const columns = 24;
const schemaVersion = 39;

/** The dashboard as Grafana loads it from a file. The same input gives the same JSON, ids of panels included. */
export const dashboardJson = (
  { uid, title, description, rows, plain, traces, addresses }: Dashboard,
  runbookUrl: (alert: string | undefined) => string,
) => ({
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
  templating: { list: plain ? [] : variables(traces ?? false, addresses ?? []) },
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
  panels: layOut(rows, plain ? undefined : runbookUrl),
});

const variables = (traces: boolean, addresses: readonly Address[]): object[] => {
  const source = { name: 'datasource', type: 'datasource', label: 'Data source', query: 'prometheus' };
  const spans = { name: 'traces', type: 'datasource', label: 'Traces', query: 'jaeger' };
  return [
    source,
    ...(traces ? [spans] : []),
    labelVariable('service', 'Service', 'up{job="souk"}'),
    labelVariable('instance', 'Instance', 'up{job="souk", service=~"$service"}'),
    ...addresses.map(addressVariable),
  ];
};

const addressVariable = ({ name, label, usual }: Address): object => {
  const current = { text: usual, value: usual };
  return { name, label, type: 'textbox', query: usual, current, options: [{ selected: true, ...current }] };
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

const layOut = (rows: readonly Row[], runbookUrl: Placed['runbookUrl']): object[] => {
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

import type { Panel, Query } from './panel.ts';

/** How high a panel of each kind is, in Grafana's rows. */
export const heightOf = (panel: Panel): number => {
  if (panel.kind === 'stat') return 4;
  if (panel.kind === 'bars') return 10;
  if (panel.kind === 'text') return panel.height ?? 8;
  return panel.kind === 'table' || panel.kind === 'traces' ? 9 : 8;
};

const prometheus = { type: 'prometheus', uid: '$datasource' };
const jaeger = { type: 'jaeger', uid: '$traces' };

export interface Placed {
  id: number;
  gridPos: { x: number; y: number; w: number; h: number };
  /** Where the runbook's section on an alert is; of the runbook itself without one. Undefined inside the runbook. */
  runbookUrl: ((alert: string | undefined) => string) | undefined;
}

/** The panel as Grafana's JSON has it. */
export const panelJson = (panel: Panel, { id, gridPos, runbookUrl }: Placed): object => {
  const { title, description } = panel;
  const head = { id, title, description, gridPos };
  const links = linksOf(panel, runbookUrl);
  if (panel.kind === 'text')
    return { ...head, type: 'text', links, options: { mode: 'markdown', content: panel.content } };
  const fieldConfig = { defaults: fieldDefaults(panel), overrides: [] };
  if (panel.kind === 'traces')
    return {
      ...head,
      type: 'table',
      datasource: jaeger,
      links,
      targets: [{ refId: 'A', datasource: jaeger, queryType: 'search', service: panel.service, limit: 20 }],
      fieldConfig: { ...fieldConfig, overrides: [colouredDuration] },
    };
  return {
    ...head,
    type: types[panel.kind],
    datasource: prometheus,
    links,
    targets: targets(panel),
    fieldConfig,
    ...shown(panel),
  };
};

const linksOf = (panel: Panel, runbookUrl: Placed['runbookUrl']): object[] => {
  const { alert, links = [] } = panel.kind === 'text' ? {} : panel;
  const title = alert ? `Runbook: ${alert}` : 'Runbook';
  const runbook = runbookUrl ? [{ title, url: runbookUrl(alert), targetBlank: false }] : [];
  return [...runbook, ...links.map((link) => ({ ...link, targetBlank: true }))];
};

const colouredDuration = {
  matcher: { id: 'byName', options: 'Duration' },
  properties: [{ id: 'custom.cellOptions', value: { type: 'color-text' } }],
};

type QueryPanel = Exclude<Panel, { kind: 'text' | 'traces' }>;

const types = {
  graph: 'timeseries',
  stat: 'stat',
  states: 'state-timeline',
  heatmap: 'heatmap',
  table: 'table',
  bars: 'bargauge',
} as const;

const targets = (panel: QueryPanel): object[] => {
  const queries: Query[] = panel.kind === 'heatmap' ? [[panel.query, '{{le}}']] : panel.queries;
  const format = panel.kind === 'heatmap' || panel.kind === 'table' ? panel.kind : 'time_series';
  const instant = panel.kind === 'table' || panel.kind === 'bars';
  return queries.map((query, index) => {
    const [expr, legendFormat] = typeof query === 'string' ? [query, '__auto'] : query;
    const refId = String.fromCharCode('A'.charCodeAt(0) + index);
    const range = !instant;
    return { refId, datasource: prometheus, editorMode: 'code', expr, legendFormat, format, instant, range };
  });
};

const fieldDefaults = (panel: Exclude<Panel, { kind: 'text' }>): object => {
  const steps = panel.thresholds.map(([value, color]) => ({ color, value: value ?? null }));
  const defaults = { unit: panel.unit, thresholds: { mode: 'absolute', steps } };
  if (panel.kind === 'stat') return { ...defaults, noValue: 'no data' };
  if (panel.kind === 'bars') return { ...defaults, noValue: 'no data', min: 0 };
  if (panel.kind === 'states')
    return { ...defaults, color: { mode: 'thresholds' }, custom: { fillOpacity: 70 } };
  if (panel.kind !== 'graph') return defaults;
  return {
    ...defaults,
    min: 0,
    ...(panel.max === undefined ? {} : { max: panel.max }),
    color: { mode: 'palette-classic' },
    custom: {
      drawStyle: 'line',
      lineWidth: 1,
      fillOpacity: panel.stacked ? 40 : 8,
      showPoints: 'never',
      spanNulls: false,
      stacking: { mode: panel.stacked ? 'normal' : 'none', group: 'A' },
      thresholdsStyle: { mode: panel.thresholds.length > 1 ? 'dashed' : 'off' },
    },
  };
};

const shown = (panel: QueryPanel): object => {
  switch (panel.kind) {
    case 'graph':
      return {
        options: {
          legend: { displayMode: 'table', placement: 'bottom', calcs: ['mean', 'max', 'lastNotNull'] },
          tooltip: { mode: 'multi', sort: 'desc' },
        },
      };
    case 'stat':
      return {
        options: {
          colorMode: 'value',
          graphMode: 'area',
          textMode: 'auto',
          reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        },
      };
    case 'states':
      return {
        options: { mergeValues: true, showValue: 'auto', rowHeight: 0.8, legend: { showLegend: true } },
      };
    case 'heatmap':
      return {
        options: {
          calculate: false,
          cellGap: 1,
          color: { mode: 'scheme', scheme: 'Oranges', exponent: 0.5, steps: 64 },
          yAxis: { unit: panel.unit },
          tooltip: { mode: 'single', yHistogram: true },
          legend: { show: true },
        },
      };
    case 'bars':
      return {
        options: {
          orientation: 'horizontal',
          displayMode: 'basic',
          showUnfilled: true,
          reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        },
      };
    case 'table':
      return {
        transformations: [
          { id: 'merge', options: {} },
          { id: 'organize', options: hiddenColumns },
        ],
        options: { showHeader: true, cellHeight: 'sm' },
      };
  }
};

const hiddenColumns = { excludeByName: { Time: true, job: true, __name__: true } };

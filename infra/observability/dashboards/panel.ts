/** An expression; with a legend of its series, such as `{{service}}`, as the second. */
export type Query = string | [expr: string, legend: string];

/** From `value` on (undefined: from the lowest) this colour. */
export type Threshold = [value: number | undefined, color: 'green' | 'yellow' | 'red' | 'blue'];

interface Shown {
  /** A unit's id in Grafana, such as `s`, `bytes`, `percentunit`. */
  unit: string;
  thresholds: Threshold[];
  /** The alert whose section of the runbook the panel links to; without one, the runbook's overview. */
  alert?: string;
  /** Where more is to be found, after the runbook. */
  links?: { title: string; url: string }[];
  /** Of the 24 columns; otherwise the panels of a row share what is left. */
  width?: number;
}
interface GraphShown extends Shown {
  stacked?: boolean;
  max?: number;
}

interface Named {
  title: string;
  /** What it shows and what a bad value means, for somebody who has never read the code. */
  description: string;
}

export type Panel =
  | (Named & GraphShown & { kind: 'graph' | 'stat' | 'states' | 'table' | 'bars'; queries: Query[] })
  | (Named & Shown & { kind: 'heatmap'; query: string })
  | (Named & { kind: 'text'; content: string; width?: number; height?: number })
  | (Named & Shown & { kind: 'traces'; service: string });

const panel =
  (kind: 'graph' | 'stat' | 'states' | 'table' | 'bars') =>
  (title: string, description: string, shown: GraphShown, ...queries: Query[]): Panel => ({
    kind,
    title,
    description,
    ...shown,
    queries,
  });

export const graph = panel('graph');
export const stat = panel('stat');
export const states = panel('states');
export const table = panel('table');
export const bars = panel('bars');
export const heatmap = (title: string, description: string, shown: Shown, query: string): Panel => ({
  kind: 'heatmap',
  title,
  description,
  ...shown,
  query,
});

import { svgDocument, svgText } from '../chart/svg.ts';
import type { Estimate, EvaluationReport } from './evaluation-report.ts';

const panel = { width: 330, top: 46, row: 22, bottom: 14 };
const bar = { left: 92, right: 240, height: 12 };
const colours = { served: '#0969da', baseline: '#8c959f' };
const baselines = ['item-kNN', 'popularity'];

interface Panel {
  title: string;
  bars: { contender: string; estimate: Estimate }[];
}

/** An SVG with a panel for each measure of each protocol: a bar per strategy, a line for its 95 % interval. */
export const evaluationChart = ({ protocols }: EvaluationReport): string => {
  const rows = protocols.map(({ protocol, scores }) =>
    Object.keys(scores[0]?.metrics ?? {}).map(
      (name): Panel => ({
        title: `${name}, ${protocol}`,
        bars: scores.flatMap(({ contender, metrics }) => {
          const estimate = metrics[name];
          return estimate && Number.isFinite(estimate.value) ? [{ contender, estimate }] : [];
        }),
      }),
    ),
  );
  const panels = rows.flatMap((row) => inRows(row, 3));
  const heights = panels.map(heightOf);
  const tops = heights.map((_, index) => heights.slice(0, index).reduce((sum, height) => sum + height, 0));
  const parts = panels.flatMap((row, line) =>
    row.map(
      (one, column) =>
        `<g transform="translate(${column * panel.width} ${tops[line]})">${drawPanel(one)}</g>`,
    ),
  );
  return svgDocument(
    3 * panel.width,
    heights.reduce((sum, height) => sum + height, 0),
    parts,
  );
};

const inRows = (panels: readonly Panel[], size: number): Panel[][] =>
  Array.from({ length: Math.ceil(panels.length / size) }, (_, row) =>
    panels.slice(row * size, (row + 1) * size),
  );

const heightOf = (row: readonly Panel[]): number =>
  panel.top + panel.bottom + panel.row * Math.max(0, ...row.map(({ bars }) => bars.length));

const drawPanel = ({ title, bars }: Panel): string => {
  const most = Math.max(...bars.map(({ estimate }) => estimate.high), Number.MIN_VALUE);
  const x = (value: number) => bar.left + (value / most) * (bar.right - bar.left);
  return [
    svgText(10, 24, title, 'font-weight="600"'),
    ...bars.map(({ contender, estimate }, index) => {
      const y = panel.top + index * panel.row;
      const middle = y + bar.height / 2;
      const colour = baselines.includes(contender) ? colours.baseline : colours.served;
      return [
        svgText(bar.left - 6, y + 10, contender, 'text-anchor="end"'),
        `<rect x="${bar.left}" y="${y}" width="${x(estimate.value) - bar.left}" height="${bar.height}" fill="${colour}"/>`,
        `<path d="M${x(estimate.low)} ${middle}H${x(estimate.high)}" stroke="#1f2328"/>`,
        svgText(bar.right + 8, y + 10, estimate.value.toFixed(4)),
      ].join('');
    }),
  ].join('');
};

import { svgDocument, svgText as text } from 'souk/chart/svg.ts';
import { type Figure, formatGoal, formatValue, judge, type Measurement } from './figure.ts';
import { type Line, linesOf } from './table.ts';

const columns = 4;
const panel = { width: 260, height: 150 };
/** Of the plot within its panel. */
const plot = { left: 32, right: 230, top: 50, bottom: 118 };
const headroom = 1.15;
/** Keeps a number legible on a line. */
const halo = 'paint-order="stroke" stroke="white" stroke-width="3"';
const colours = { reached: '#1a7f37', behind: '#bc4c00', 'no goal': '#57606a' };

/** An SVG with a panel for each figure that was measured at several sizes: how it grows, and its goal as a dashed line. */
export const drawChart = (measurements: readonly Measurement[]): string => {
  const lines = linesOf(measurements).filter(({ values }) => values.size > 1);
  const width = columns * panel.width;
  const height = Math.ceil(lines.length / columns) * panel.height;
  return svgDocument(
    width,
    height,
    lines.map((line, index) => {
      const [x, y] = [(index % columns) * panel.width, Math.floor(index / columns) * panel.height];
      return `<g transform="translate(${x} ${y})">${drawPanel(line)}</g>`;
    }),
  );
};

const drawPanel = ({ row, figure, values }: Line): string => {
  const goal = figure.goal && Object.values(figure.goal)[0];
  const sizes = [...values.entries()].filter(([, { value }]) => Number.isFinite(value));
  const top = headroom * Math.max(...sizes.map(([, { value }]) => value), goal ?? 0, Number.MIN_VALUE);
  // The sizes are powers of ten.
  const steps = Math.max(1, ...sizes.map(([growth]) => Math.log10(growth)));
  const x = (growth: number) => plot.left + (Math.log10(growth) / steps) * (plot.right - plot.left);
  const y = (value: number) => plot.bottom - (value / top) * (plot.bottom - plot.top);
  const colour = colours[judge(figure)];
  const points = sizes.map(([growth, { value }]) => `${x(growth)},${y(value)}`).join(' ');
  return [
    text(10, 18, row, 'font-weight="600"'),
    text(
      10,
      33,
      [figure.label, formatGoal(figure) && `goal ${formatGoal(figure)}`].filter(Boolean).join(', '),
    ),
    `<path d="M${plot.left} ${plot.bottom}H${plot.right}" stroke="#d0d7de"/>`,
    goal === undefined
      ? ''
      : `<path d="M${plot.left} ${y(goal)}H${plot.right}" stroke="#57606a" stroke-dasharray="4 3"/>`,
    `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...sizes.map(([growth, found]) => drawPoint(x(growth), y(found.value), growth, found, colour)),
  ].join('');
};

const drawPoint = (x: number, y: number, growth: number, figure: Figure, colour: string): string =>
  [
    `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`,
    text(x, y - 6, formatValue(figure), `text-anchor="middle" ${halo}`),
    text(x, plot.bottom + 14, `${growth}×`, 'text-anchor="middle" fill="#57606a"'),
  ].join('');

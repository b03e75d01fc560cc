import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { short } from '../lib/format.ts';
import { useMedia } from '../lib/use-media.ts';
import { theme } from '../shell/theme.ts';

export interface Series {
  label: string;
  /** One value for each time; null where there is none. */
  values: readonly (number | null)[];
}

interface ChartProps {
  /** What it shows, for whoever does not see it; the same figures are in a table beside it. */
  label: string;
  /** Unix seconds, rising. */
  times: readonly number[];
  series: readonly Series[];
  /** IANA zone of the axis. */
  zone: string;
  format?: (value: number) => string;
}

const heightPx = 240;

/** Lines over time. */
export const Chart = ({ label, times, series, zone, format = short }: ChartProps) => {
  const ref = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const isDark = useMedia('(prefers-color-scheme: dark)');
  const shape = `${series.map((one) => one.label).join('\n')}\n${zone}\n${isDark}\n${theme.value}`;

  useEffect(() => {
    const place = ref.current as HTMLDivElement;
    const data = dataOf(times, series);
    chart.current = new uPlot(optionsOf(place, series, { zone, format }), data, place);
    const fit = new ResizeObserver(() => {
      chart.current?.setSize({ width: place.clientWidth, height: heightPx });
    });
    fit.observe(place);
    return () => {
      fit.disconnect();
      chart.current?.destroy();
    };
  }, [shape]);

  useEffect(() => {
    chart.current?.setData(dataOf(times, series));
  }, [times, series]);

  return <div ref={ref} class="chart" role="img" aria-label={label} />;
};

const dataOf = (times: readonly number[], series: readonly Series[]): uPlot.AlignedData => [
  [...times],
  ...series.map(({ values }) => [...values]),
];

const timeIn = (timeZone: string) =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone });

const daySeconds = 86_400;

/** Of an axis: days, or times of day. */
const timesOf = (splits: readonly number[], stepSeconds: number, timeZone: string): string[] => {
  const format = new Intl.DateTimeFormat(
    'en-GB',
    stepSeconds >= daySeconds
      ? { day: 'numeric', month: 'short', timeZone }
      : { hour: '2-digit', minute: '2-digit', ...(stepSeconds < 60 && { second: '2-digit' }), timeZone },
  );
  return splits.map((seconds) => format.format(seconds * 1_000));
};

interface Drawing {
  zone: string;
  format: (value: number) => string;
}

const optionsOf = (
  place: HTMLElement,
  series: readonly Series[],
  { zone, format }: Drawing,
): uPlot.Options => {
  const style = getComputedStyle(place);
  // The canvas knows no custom properties, and light-dark() in one is resolved where it is used.
  const colour = (property: string) => {
    const probe = document.createElement('i');
    probe.style.color = `var(${property})`;
    place.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const axis = {
    stroke: colour('--muted'),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: place.clientWidth,
    height: heightPx,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone),
    cursor: { points: { size: 7 }, drag: { x: false, y: false } },
    legend: { live: true },
    scales: { y: { range: (_chart, _low, high) => [0, Math.max(1, (high ?? 1) * 1.08)] } },
    axes: [
      { ...axis, space: 84, values: (_chart, splits, _axis, _space, step) => timesOf(splits, step, zone) },
      { ...axis, size: 54, values: (_chart, splits) => splits.map(format) },
    ],
    series: [
      {
        label: 'Time',
        value: (_chart, at: number | null) => (at === null ? '–' : timeIn(zone).format(at * 1_000)),
      },
      ...series.map((one, index) => ({
        label: one.label,
        stroke: colour(`--series-${(index % 5) + 1}`),
        width: 1.75,
        points: { show: one.values.length < 3 },
        value: (_chart: uPlot, value: number | null) => (value === null ? '–' : format(value)),
        ...(series.length === 1 ? { fill: colour('--accent-soft') } : {}),
      })),
    ],
  };
};

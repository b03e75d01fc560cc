import { styleText } from 'node:util';
import { formatCount, formatDuration, formatMinor } from '../client/numbers.ts';
import { printable } from '../client/printable.ts';
import type { DemoFigures } from './demo-figures.ts';

const clearLine = '\r\u001b[K';
const liveIntervalMs = 250;
const lineIntervalMs = 10_000;

export interface Recommendation {
  name: string;
  price: number;
  currency: string;
}

/** The figures as one line: rewritten in place on a terminal, a new one every ten seconds elsewhere. */
export const demoDisplay = (stream: NodeJS.WriteStream) => {
  const intervalMs = stream.isTTY ? liveIntervalMs : lineIntervalMs;
  let shownAt = performance.now();
  // A longer line would wrap, and could then not be rewritten.
  const write = (text: string) =>
    stream.write(stream.isTTY ? `${clearLine}${text.slice(0, stream.columns - 1)}` : `${text}\n`);
  return {
    figures: (figures: DemoFigures) => {
      if (performance.now() - shownAt < intervalMs) return;
      shownAt = performance.now();
      write(figuresLine(figures));
    },
    /** What is recommended now, above the line of figures. */
    recommendations: (title: string, items: readonly Recommendation[]) => {
      const heading = styleText('bold', title, { stream });
      const lines = items.map(
        ({ name, price, currency }, index) =>
          `  ${index + 1}. ${printable(name)}  ${formatMinor(Math.round(price * 100))} ${currency}`,
      );
      const text = items.length === 0 ? [`${title}: nothing yet`] : [heading, ...lines];
      stream.write(`${stream.isTTY ? clearLine : ''}${text.join('\n')}\n`);
    },
    end: () => {
      if (stream.isTTY) stream.write(clearLine);
    },
  };
};

const figuresLine = (figures: DemoFigures): string => {
  const { elapsedMs, events, byType, byStep, rejected, revenueMinor } = figures;
  const { view, like, add_to_cart, purchase } = byType;
  const { checkout, payment, cancellation } = byStep;
  return [
    `${formatDuration(elapsedMs)}  ${formatCount(events)} events (${rateOf(figures)})`,
    `${formatCount(view)} views, ${formatCount(like)} likes, ${formatCount(add_to_cart)} to the cart, ${formatCount(purchase)} bought`,
    `${formatCount(checkout)} checkouts, ${formatCount(payment)} payments, ${formatCount(cancellation)} cancelled, ${formatCount(byStep.return)} returned`,
    `${formatMinor(revenueMinor)} USD`,
    ...(rejected > 0 ? [`${formatCount(rejected)} rejected`] : []),
  ].join('  ');
};

export const demoReport = (figures: DemoFigures): string => {
  const { elapsedMs, events, byType, byStep, units, revenueMinor, rejected, rejection } = figures;
  const rows: [string, string][] = [
    ['events', `${formatCount(events)} in ${formatDuration(elapsedMs)} (${rateOf(figures)})`],
    ['  views', formatCount(byType.view)],
    ['  likes', formatCount(byType.like)],
    ['  into the cart', formatCount(byType.add_to_cart)],
    ['  purchases', `${formatCount(byType.purchase)}, ${formatCount(units)} units`],
    ['checkouts', formatCount(byStep.checkout)],
    ['  payments', formatCount(byStep.payment)],
    ['orders by Kafka', formatCount(byStep['sent order'])],
    ['cancellations', formatCount(byStep.cancellation)],
    ['returns', formatCount(byStep.return)],
    ['sold', `${formatMinor(revenueMinor)} USD`],
    ...(rejected > 0
      ? [['rejected', `${formatCount(rejected)}: ${printable(rejection ?? '')}`] as [string, string]]
      : []),
  ];
  return ['', ...rows.map(([label, value]) => `  ${label.padEnd(18)}${value}`)].join('\n');
};

const rateOf = ({ events, elapsedMs }: DemoFigures): string =>
  `${(events / Math.max(0.001, elapsedMs / 1_000)).toFixed(1)}/s`;

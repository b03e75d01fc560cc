import type { ImportReport } from '@souk/importers/online-retail/import-online-retail.ts';
import { type LeftOutReason, leftOutReasons } from '@souk/importers/online-retail/retail-line.ts';
import { formatCount, formatDuration, formatMinor } from '../client/numbers.ts';

const reasons: Record<LeftOutReason, string> = {
  malformed: 'malformed',
  no_customer: 'no customer',
  cancelled: 'cancelled (invoice C…)',
  quantity: 'quantity of zero or less',
  price: 'price of zero or less',
};
const labelWidth = 28;
const valueWidth = 12;

/** The closing report, as a person reads it. */
export const importReport = (file: string, report: ImportReport): string => {
  const { linesRead, leftOut, purchases, imported, repeated, rejected, catchingUpMs } = report;
  const leftOutTotal = Object.values(leftOut).reduce((sum, count) => sum + count, 0);
  const perSecond = purchases / (report.sendingMs / 1_000);
  const orders = report.kind === 'orders';
  const caughtUp =
    catchingUpMs === undefined
      ? 'did not wait for the consumers'
      : `consumers up to date ${formatDuration(catchingUpMs)} later`;
  return [
    '',
    report.sent !== undefined
      ? `Sent ${file}. What became of the orders is not known yet: see souk status and souk dlq list.`
      : imported === 0 && repeated > 0
        ? `${file} was imported before: all ${formatCount(repeated)} ${report.kind} are there, nothing changed.`
        : `Imported ${file}.`,
    '',
    row('lines read', linesRead),
    ...(report.sent === undefined
      ? [
          row(orders ? 'orders taken in' : 'imported', imported),
          row('repeated', repeated, repeated > 0 ? 'imported before' : ''),
          row('rejected', rejected, report.rejections.join('; ')),
        ]
      : [row('orders sent', report.sent)]),
    row('left out', leftOutTotal, leftOutTotal > 0 ? 'each line by the first reason that holds:' : ''),
    ...leftOutReasons.map((reason) => row(`  ${reasons[reason]}`, leftOut[reason])),
    '',
    row('customers', report.customers.size, `${formatCount(report.customersCreated)} new`),
    row('products', report.products.size, `${formatCount(report.productsCreated)} new`),
    row('purchases', purchases),
    row('units', report.units),
    row('revenue', formatMinor(report.revenueMinor)),
    '',
    `Sent in ${formatDuration(report.sendingMs)} (${formatCount(perSecond)} events/s), ${caughtUp};`,
    `${formatDuration(report.totalMs)} in all.`,
  ].join('\n');
};

const row = (label: string, value: number | string, note = ''): string => {
  const text = typeof value === 'number' ? formatCount(value) : value;
  return `  ${label.padEnd(labelWidth)}${text.padStart(valueWidth)}  ${note}`.trimEnd();
};

import type { ImportReport, Retail } from '@souk/importers/online-retail/import-online-retail.ts';
import { type LeftOutReason, leftOutReasons } from '@souk/importers/online-retail/retail-line.ts';
import type { RetailSurvey } from '@souk/importers/online-retail/retail-survey.ts';
import { formatCount, formatDuration, formatMinor } from '../client/numbers.ts';
import { printable } from '../client/printable.ts';

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
export const importReport = (file: string, retail: Retail, report: ImportReport): string => {
  const { customers, products, purchases } = retail.survey;
  const perSecond = purchases / (report.sendingMs / 1_000);
  return [
    '',
    headline(file, report),
    '',
    row('lines read', retail.survey.linesRead),
    ...outcomeRows(report),
    ...leftOutRows(retail.survey),
    '',
    row('customers', customers.size, `${formatCount(report.customersCreated)} new`),
    row('products', products.size, `${formatCount(report.productsCreated)} new`),
    ...totalRows(retail),
    '',
    `Sent in ${formatDuration(report.sendingMs)} (${formatCount(perSecond)} events/s), ${caughtUp(report)};`,
    `${formatDuration(report.totalMs)} in all.`,
  ].join('\n');
};

/** What an import would do, as a person reads it. */
export const dryRunReport = (file: string, retail: Retail, as: 'activity' | 'orders'): string => {
  const { linesRead, customers, products, invoices } = retail.survey;
  return [
    '',
    `This is how ${file} would be imported. Nothing was sent.`,
    '',
    row('lines read', linesRead),
    ...leftOutRows(retail.survey),
    '',
    row('customers', customers.size),
    row('products', products.size),
    ...(as === 'orders' ? [row('orders', invoices.size, 'more where an invoice has over 1,000 lines')] : []),
    ...totalRows(retail),
  ].join('\n');
};

const headline = (file: string, { kind, imported, repeated, sent }: ImportReport): string => {
  if (sent !== undefined)
    return `Sent ${file}. What became of the orders is not known yet: see souk status and souk dlq list.`;
  return imported === 0 && repeated > 0
    ? `${file} was imported before: all ${formatCount(repeated)} ${kind} are there, nothing changed.`
    : `Imported ${file}.`;
};

const outcomeRows = ({ kind, imported, repeated, rejected, rejections, sent }: ImportReport): string[] =>
  sent !== undefined
    ? [row('orders sent', sent)]
    : [
        row(kind === 'orders' ? 'orders taken in' : 'imported', imported),
        row('repeated', repeated, repeated > 0 ? 'imported before' : ''),
        row('rejected', rejected, rejections.join('; ')),
      ];

const leftOutRows = ({ leftOut, overlapping, faults }: RetailSurvey): string[] => {
  const total = Object.values(leftOut).reduce((sum, count) => sum + count, 0);
  return [
    ...(overlapping > 0
      ? [row('twice in the file', overlapping, 'where joined files overlap; taken once')]
      : []),
    row('left out', total, total > 0 ? 'each line by the first reason that holds:' : ''),
    ...leftOutReasons.map((reason) =>
      row(
        `  ${reasons[reason]}`,
        leftOut[reason],
        reason === 'malformed' ? printable(faults.join('; ')) : '',
      ),
    ),
  ];
};

const totalRows = ({ survey, format }: Retail): string[] => {
  const { encoding, delimiter, decimal, dateOrder } = format;
  const between = delimiter === '\t' ? 'tab' : `"${delimiter}"`;
  return [
    row('purchases', survey.purchases),
    row('units', survey.units),
    row('revenue', formatMinor(survey.revenueMinor)),
    '',
    `Read as ${encoding}, ${between} between fields, decimal "${decimal}"${dateOrder === undefined ? '' : `, dates with the ${dateOrder} first`}.`,
  ];
};

const caughtUp = ({ catchingUpMs }: ImportReport): string =>
  catchingUpMs === undefined
    ? 'did not wait for the consumers'
    : `consumers caught up ${formatDuration(catchingUpMs)} later`;

const row = (label: string, value: number | string, note = ''): string => {
  const text = typeof value === 'number' ? formatCount(value) : value;
  return `  ${label.padEnd(labelWidth)}${text.padStart(valueWidth)}  ${note}`.trimEnd();
};

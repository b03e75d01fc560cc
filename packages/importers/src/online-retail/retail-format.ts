import { findTable, type Table, type TableOptions } from '../files/find-table.ts';
import { readRecords } from '../files/read-records.ts';
import { type RetailColumn, retailColumns } from './retail-columns.ts';
import type { FieldFormat } from './retail-line.ts';
import { type DateOrder, type Decimal, dateOrderOf, decimalOf } from './retail-values.ts';

/** What a person says about a file; everything else is found in it. */
export interface FormatOptions extends TableOptions<RetailColumn> {
  decimal?: Decimal;
  dateOrder?: DateOrder;
}

export interface RetailFormat extends Table<RetailColumn>, FieldFormat {
  /** The numbers of invoices that come back after lines of others: perhaps in a second sheet of the same days. */
  returning: ReadonlySet<string>;
}

/**
 * Finds how a file is written, by evidence from the whole of it. Throws an Error for the user that names the option to
 * give where the file leaves two readings open, or contradicts itself.
 */
export const findFormat = async (path: string, options: FormatOptions = {}): Promise<RetailFormat> => {
  const table = await findTable(path, retailColumns, options);
  const decimals = evidence<Decimal>();
  const dateOrders = evidence<DateOrder>();
  const invoices = new Set<string>();
  const returning = new Set<string>();
  let previous: string | undefined;
  for await (const { fields, lineNumber } of readRecords(path, table)) {
    const field = (column: RetailColumn) => fields[table.places[column] as number]?.trim() ?? '';
    if (fields.length !== table.fieldCount) continue;
    decimals.add(decimalOf(field('unitPrice')), field('unitPrice'), lineNumber);
    dateOrders.add(dateOrderOf(field('invoiceDate')), field('invoiceDate'), lineNumber);
    const invoice = field('invoice');
    if (invoice !== previous && invoices.has(invoice)) returning.add(invoice);
    invoices.add(invoice);
    previous = invoice;
  }
  return {
    ...table,
    returning,
    decimal: options.decimal ?? decimals.decide('prices', '--decimal', ['.', ',']) ?? '.',
    dateOrder: options.dateOrder ?? dateOrders.decide('dates', '--date-order', ['day', 'month']),
  };
};

/** Gathers what single fields prove about the whole file. */
const evidence = <T extends string>() => {
  const first = new Map<T | 'either', string>();
  return {
    add: (proof: T | 'either' | undefined, text: string, lineNumber: number) => {
      if (proof !== undefined && !first.has(proof)) first.set(proof, `${text} in line ${lineNumber}`);
    },
    /** The one reading that the file proves; undefined where it makes no difference. */
    decide: (what: string, option: string, readings: readonly [T, T]): T | undefined => {
      const proven = readings.filter((reading) => first.has(reading));
      const advice = `say which with ${option} ${readings.map((reading) => `"${reading}"`).join(' or ')}`;
      if (proven.length > 1) {
        const [one, other] = proven.map((reading) => first.get(reading));
        throw new Error(`the ${what} contradict each other (${one}, ${other}): ${advice}`);
      }
      if (proven.length === 0 && first.has('either'))
        throw new Error(`the ${what} can be read in two ways (${first.get('either')}): ${advice}`);
      return proven[0];
    },
  };
};

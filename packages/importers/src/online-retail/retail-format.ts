import { parse } from 'csv-parse/sync';
import { explainFileError, type FileFormat, readRecords } from '../files/read-records.ts';
import { findEncoding, readText } from '../files/read-text.ts';
import { type ColumnNames, findColumns, type RetailColumn, type RetailColumns } from './retail-columns.ts';
import type { FieldFormat } from './retail-line.ts';
import { type DateOrder, type Decimal, dateOrderOf, decimalOf } from './retail-values.ts';

/** What a person says about a file; everything else is found in it. */
export interface FormatOptions {
  encoding?: string;
  delimiter?: string;
  decimal?: Decimal;
  dateOrder?: DateOrder;
  columns?: ColumnNames;
}

export interface RetailFormat extends FileFormat, FieldFormat {
  /** The numbers of invoices that come back after lines of others: perhaps in a second sheet of the same days. */
  returning: ReadonlySet<string>;
}

const delimiters = [',', ';', '\t', '|'];
const headerLengthMax = 65_536;

/**
 * Finds how a file is written, by evidence from the whole of it. Throws an Error for the user that names the option to
 * give where the file leaves two readings open, or contradicts itself.
 */
export const findFormat = async (path: string, options: FormatOptions = {}): Promise<RetailFormat> => {
  const encoding = options.encoding ?? (await findEncoding(path).catch(explained(path)));
  const { delimiter, columns } = await readHeader(path, encoding, options);
  const decimals = evidence<Decimal>();
  const dateOrders = evidence<DateOrder>();
  const invoices = new Set<string>();
  const returning = new Set<string>();
  let previous: string | undefined;
  let isHeader = true;
  for await (const { fields, lineNumber } of readRecords(path, { encoding, delimiter })) {
    const field = (column: RetailColumn) => fields[columns[column]]?.trim() ?? '';
    if (!isHeader && fields.length === columns.count) {
      decimals.add(decimalOf(field('unitPrice')), field('unitPrice'), lineNumber);
      dateOrders.add(dateOrderOf(field('invoiceDate')), field('invoiceDate'), lineNumber);
      const invoice = field('invoice');
      if (invoice !== previous && invoices.has(invoice)) returning.add(invoice);
      invoices.add(invoice);
      previous = invoice;
    }
    isHeader = false;
  }
  return {
    ...{ encoding, delimiter, columns, returning },
    decimal: options.decimal ?? decimals.decide('prices', '--decimal', ['.', ',']) ?? '.',
    dateOrder: options.dateOrder ?? dateOrders.decide('dates', '--date-order', ['day', 'month']),
  };
};

/** Each delimiter is tried: the right one is that by which every column is found. */
const readHeader = async (
  path: string,
  encoding: string,
  { delimiter: given, columns: names }: FormatOptions,
): Promise<{ delimiter: string; columns: RetailColumns }> => {
  const head = await readBeginning(path, encoding).catch(explained(path));
  if (head.trim() === '') throw new Error(`${path} is empty`);
  let failure: unknown;
  for (const delimiter of given === undefined ? delimiters : [given])
    try {
      const [header = []] = parse(head, {
        ...{ delimiter, to: 1, relax_quotes: true, skip_empty_lines: true, relax_column_count: true },
      }) as string[][];
      return { delimiter, columns: findColumns(header, names) };
    } catch (error) {
      // The first delimiter is the usual one: what it misses is what to tell.
      failure ??= error;
    }
  throw explainFileError(failure, path);
};

const readBeginning = async (path: string, encoding: string): Promise<string> => {
  let head = '';
  for await (const text of readText(path, encoding)) {
    head += text;
    if (head.length >= headerLengthMax || /\S.*[\r\n]/.test(head)) break;
  }
  return head;
};

const explained = (path: string) => (error: unknown) => {
  throw explainFileError(error, path);
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

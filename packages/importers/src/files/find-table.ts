import { parse } from 'csv-parse/sync';
import { explainFileError, type FileFormat } from './read-records.ts';
import { findEncoding, readText } from './read-text.ts';

/** The names by which files call a column, and whether a file must have it. */
export interface ColumnWanted {
  names: readonly string[];
  required: boolean;
}

export type ColumnsWanted<K extends string> = Record<K, ColumnWanted>;

/** What a file calls its columns, or their places from 1, where that is not one of the known names. */
export type GivenColumns<K extends string> = Partial<Record<K, string>>;

export interface TableOptions<K extends string> {
  encoding?: string;
  delimiter?: string;
  columns?: GivenColumns<K>;
}

/** How a file is written: each column by its place from 0; those it does not have are left out. */
export interface Table<K extends string> extends FileFormat {
  places: Partial<Record<K, number>>;
  fieldCount: number;
  /** The first record: the header, where there is one. */
  first: string[];
}

/** `::` comes before the others: a file of it has no comma, but its fields may. */
const delimiters = ['::', ',', ';', '\t', '|'];
const headLengthMax = 65_536;
const firstShownMax = 1_000;

/**
 * Finds how a file is written by its first record, which names the columns. A file whose columns are all given by place
 * has no header, unless `headerless` knows what a first record of such fields means. Throws an Error for the user that
 * names every column it misses.
 */
export const findTable = async <K extends string>(
  path: string,
  wanted: ColumnsWanted<K>,
  options: TableOptions<K> = {},
  headerless: (first: readonly string[]) => GivenColumns<K> | undefined = () => undefined,
): Promise<Table<K>> => {
  try {
    const encoding = options.encoding ?? (await findEncoding(path));
    const head = await readHead(path, encoding);
    if (head.trim() === '') throw new Error(`${path} is empty`);
    let failure: unknown;
    for (const delimiter of options.delimiter === undefined ? delimiters : [options.delimiter])
      try {
        const first = firstRecord(head, delimiter);
        if (delimiter === '::' && options.delimiter === undefined && first.length < 2) continue;
        const columns = options.columns ?? headerless(first) ?? {};
        return { encoding, delimiter, first, fieldCount: first.length, ...placesOf(first, wanted, columns) };
      } catch (error) {
        // Of the first delimiter that could be it: the comma.
        failure ??= error;
      }
    throw failure;
  } catch (error) {
    throw explainFileError(error, path);
  }
};

const firstRecord = (head: string, delimiter: string): string[] => {
  const options = { delimiter, to: 1, relax_quotes: true, skip_empty_lines: true, relax_column_count: true };
  const [first = []] = parse(head, options) as string[][];
  return first.map((field) => field.trim());
};

const readHead = async (path: string, encoding: string): Promise<string> => {
  let head = '';
  for await (const text of readText(path, encoding)) {
    head += text;
    if (head.length >= headLengthMax || /\S.*[\r\n]/.test(head)) break;
  }
  return head;
};

/** Where the columns are in a file whose first record is this. Throws an Error that names what it misses. */
export const placesOf = <K extends string>(
  first: readonly string[],
  wanted: ColumnsWanted<K>,
  given: GivenColumns<K> = {},
): Pick<Table<K>, 'places' | 'hasHeader'> => {
  const found = first.map(plainName);
  const places: Partial<Record<K, number>> = {};
  const faults: string[] = [];
  let byName = false;
  for (const [column, { names, required }] of Object.entries<ColumnWanted>(wanted) as [K, ColumnWanted][]) {
    const name = given[column];
    const place = /^[1-9]\d?$/.test(name ?? '') ? Number(name) - 1 : undefined;
    const matching =
      place === undefined
        ? matches(found, name === undefined ? names : [name])
        : [place].filter((at) => at < first.length);
    if (matching.length === 1) {
      places[column] = matching[0] as number;
      byName ||= place === undefined;
    } else if (matching.length > 1) faults.push(`${column} (several columns are called so)`);
    else if (required || name !== undefined) faults.push(column);
  }
  if (faults.length > 0) {
    const among = first.join(', ');
    const shown = among.length > firstShownMax ? `${among.slice(0, firstShownMax)} …` : among;
    throw new Error(
      `no column was found for ${faults.join(', ')} among ${shown}: name them with --columns, such as ` +
        `--columns ${faults.map((fault) => `${fault.split(' ')[0]}=NAME`).join(',')}, or by their places from 1`,
    );
  }
  return { places, hasHeader: byName };
};

/** The places of the first of the names that the file has. */
const matches = (found: readonly string[], names: readonly string[]): number[] => {
  for (const name of names.map(plainName)) {
    const at = found.flatMap((one, place) => (one === name ? [place] : []));
    if (at.length > 0) return at;
  }
  return [];
};

/** Lower case, letters and digits alone: files spell the same names differently. */
export const plainName = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

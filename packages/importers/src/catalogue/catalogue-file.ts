import {
  findTable,
  type GivenColumns,
  plainName,
  type Table,
  type TableOptions,
} from '../files/find-table.ts';
import { readLines } from '../files/read-lines.ts';
import { readRecords } from '../files/read-records.ts';
import { findEncoding } from '../files/read-text.ts';
import { type CatalogueColumn, catalogueColumns, type ProductLine, readProduct } from './product-line.ts';

export interface CatalogueOptions extends TableOptions<CatalogueColumn> {
  /** What every product has whose line says nothing else, as the file would say it. */
  set?: Partial<Record<CatalogueColumn, string>>;
}

/**
 * The products of a CSV file with a header, or of one JSON object per line (`.ndjson`, `.jsonl`), one at a time. Throws
 * an Error for the user when the file cannot be read or names no sku.
 */
export const readCatalogue = (path: string, options: CatalogueOptions = {}): AsyncGenerator<ProductLine> =>
  /\.(nd)?jsonl?$/i.test(path) ? fromJson(path, options) : fromTable(path, options);

async function* fromTable(path: string, options: CatalogueOptions): AsyncGenerator<ProductLine> {
  const table: Table<CatalogueColumn> = await findTable(path, catalogueColumns, options);
  for await (const { fields, lineNumber } of readRecords(path, table)) {
    if (fields.length !== table.fieldCount)
      yield { lineNumber, fault: `${fields.length} fields instead of ${table.fieldCount}` };
    else
      yield readProduct(lineNumber, (column) => {
        const place = table.places[column];
        return (place === undefined ? '' : fields[place]) || options.set?.[column];
      });
  }
}

async function* fromJson(
  path: string,
  { encoding, columns = {}, set = {} }: CatalogueOptions,
): AsyncGenerator<ProductLine> {
  for await (const { text, lineNumber } of readLines(path, encoding ?? (await findEncoding(path)))) {
    const values = objectOf(text);
    if (values === undefined) yield { lineNumber, fault: 'not a JSON object' };
    else yield readProduct(lineNumber, (column) => fieldOf(values, column, columns) ?? set[column]);
  }
}

const objectOf = (text: string): Map<string, unknown> | undefined => {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    return new Map(Object.entries(parsed).map(([key, value]) => [plainName(key), value]));
  } catch {
    return undefined;
  }
};

const fieldOf = (
  values: ReadonlyMap<string, unknown>,
  column: CatalogueColumn,
  given: GivenColumns<CatalogueColumn>,
): string | undefined => {
  const names = given[column] === undefined ? catalogueColumns[column].names : [given[column]];
  const value = names.map((name) => values.get(plainName(name))).find((found) => found !== undefined);
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

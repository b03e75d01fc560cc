/** The columns that are read, by the names that the UCI files and their copies give them. */
const knownNames = {
  invoice: ['InvoiceNo', 'Invoice'],
  stockCode: ['StockCode'],
  description: ['Description'],
  quantity: ['Quantity'],
  invoiceDate: ['InvoiceDate'],
  unitPrice: ['UnitPrice', 'Price'],
  customer: ['CustomerID'],
} as const;

export type RetailColumn = keyof typeof knownNames;

export const retailColumns = Object.keys(knownNames) as RetailColumn[];

/** What a file calls its columns, where that is not one of the known names. */
export type ColumnNames = Partial<Record<RetailColumn, string>>;

/** Where each column stands in a record. */
export type RetailColumns = Record<RetailColumn, number> & { count: number };

/** Finds the columns by their names, in any order and among others. Throws an Error that names those it misses. */
export const findColumns = (header: readonly string[], given: ColumnNames = {}): RetailColumns => {
  const found = header.map(plain);
  const places = retailColumns.map((column) => {
    const names = (given[column] === undefined ? knownNames[column] : [given[column]]).map(plain);
    return [column, found.flatMap((name, place) => (names.includes(name) ? [place] : []))] as const;
  });
  const missing = places.filter(([, of]) => of.length !== 1).map(([column]) => column);
  if (missing.length > 0)
    throw new Error(
      `not an Online Retail file: there must be one column each for ${missing.join(', ')}; ` +
        `name them with --columns, such as --columns ${missing.map((column) => `${column}=NAME`).join(',')}`,
    );
  return {
    ...(Object.fromEntries(places.map(([column, [place]]) => [column, place])) as Record<
      RetailColumn,
      number
    >),
    count: header.length,
  };
};

/** Lower case, letters and digits alone: copies of the files spell the names differently. */
const plain = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

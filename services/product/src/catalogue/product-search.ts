import { amountMinorMax } from '@souk/contracts/fields.ts';
import { type TSchema, Type } from '@souk/contracts/typebox.ts';
import { unixMs, uuid } from '@souk/service-kit/http/fields.ts';
import { cutPage, cutTotal, type PageStart, totalMax } from '@souk/service-kit/http/paging.ts';
import type { Database, Fragment, Sql } from '@souk/service-kit/postgres/database.ts';
import type { Product } from './product.ts';
import { productColumns } from './product-repository.ts';

/** Everything is optional and narrows; an empty text does not. */
export interface ProductFilter {
  /** All these words, the last one may be a beginning; or a whole sku. */
  q?: string;
  category?: string;
  sku?: string;
}

export type ProductSort = keyof typeof sorts;
/** The values of the last row before a page: sort, value of its column, id. */
export type ProductPosition = [sort: ProductSort, value: number | string, id: string];

type Row = Product & { nameKey: string };

interface SortKey {
  /** Column of an index `(column, id)`. */
  column: 'created_at' | 'name_key' | 'price_minor';
  /** What a cursor holds of a row, and its schema: whatever fits it is a value Postgres takes. */
  positionOf(row: Row): number | string;
  schema: TSchema;
  /** The cursor's value as the column's type. */
  parameter(sql: Sql, value: number | string): Fragment;
}

const createdAt: SortKey = {
  column: 'created_at',
  positionOf: (row) => row.createdAt.getTime(),
  schema: unixMs(),
  parameter: (sql, value) => sql`${new Date(value)}::timestamptz`,
};
const name: SortKey = {
  column: 'name_key',
  positionOf: (row) => row.nameKey,
  schema: Type.String({ maxLength: 100, pattern: '^[^\\u0000]*$' }),
  parameter: (sql, value) => sql`${value}::text`,
};
const price: SortKey = {
  column: 'price_minor',
  positionOf: (row) => row.priceMinor,
  schema: Type.Integer({ minimum: 0, maximum: amountMinorMax }),
  parameter: (sql, value) => sql`${value}::bigint`,
};

const sorts = {
  created_at: { key: createdAt, descending: false },
  '-created_at': { key: createdAt, descending: true },
  name: { key: name, descending: false },
  '-name': { key: name, descending: true },
  price: { key: price, descending: false },
  '-price': { key: price, descending: true },
};

/** The sorts of a list; `-` means descending. */
export const productSorts = Object.keys(sorts) as ProductSort[];

/** The schema of a cursor's values: only this sort's own cursors fit. */
export const positionSchema = (sort: ProductSort) =>
  Type.Unsafe<ProductPosition>(Type.Tuple([Type.Literal(sort), sorts[sort].key.schema, uuid()]));

export interface ProductPage {
  items: Product[];
  next_cursor: string | null;
  /** The products that pass the filter, on whatever page. */
  total: number;
  /** False when there are more. */
  total_is_exact: boolean;
}

/** Reads pages of the catalogue. */
export const productSearch =
  (db: Database) =>
  async (
    filter: ProductFilter,
    sort: ProductSort,
    start: PageStart<ProductPosition>,
  ): Promise<ProductPage> => {
    const [rows, count] = await Promise.all([readPage(db, filter, sort, start), countProducts(db, filter)]);
    const { positionOf } = sorts[sort].key;
    return { ...cutPage(rows, start.limit, (row) => [sort, positionOf(row), row.id]), ...cutTotal(count) };
  };

/** One row more than the page has, to tell whether there is a next one. */
const readPage = (
  db: Database,
  filter: ProductFilter,
  sort: ProductSort,
  { limit, offset, after }: PageStart<ProductPosition>,
): Promise<Row[]> => {
  const { key, descending } = sorts[sort];
  return db.getAll('list_products', (sql) => {
    const column = sql(key.column);
    const beyond = descending ? sql`<` : sql`>`;
    const direction = descending ? sql`desc` : sql`asc`;
    const fromCursor = after
      ? sql`and (${column}, id) ${beyond} (${key.parameter(sql, after[1])}, ${after[2]}::uuid)`
      : sql``;
    return sql<Row[]>`
      select ${productColumns(sql)}, name_key as "nameKey" from products
      where ${matches(sql, filter)} ${fromCursor}
      order by ${column} ${direction}, id ${direction}
      limit ${limit + 1} offset ${offset}`;
  });
};

const countProducts = (db: Database, filter: ProductFilter): Promise<number> =>
  db.get('count_products', async (sql) => {
    const [row] = await sql<[{ count: number }]>`
      select count(*) as count from (
        select from products where ${matches(sql, filter)} limit ${totalMax + 1}
      ) as counted`;
    return row.count;
  });

const matches = (sql: Sql, { q, category, sku }: ProductFilter): Fragment => sql`
  true
  ${q?.trim() ? sql`and (search @@ search_query(${q}) or sku = ${q.trim()})` : sql``}
  ${category ? sql`and category = ${category}` : sql``}
  ${sku ? sql`and sku = ${sku}` : sql``}`;

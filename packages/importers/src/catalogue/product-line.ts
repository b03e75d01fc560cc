import type { ColumnsWanted } from '../files/find-table.ts';

/** The fields of a product, by the names that files give them. */
export const catalogueColumns = {
  sku: { names: ['sku', 'product_id', 'item_id', 'itemid', 'id'], required: true },
  name: { names: ['name', 'title'], required: false },
  price: { names: ['price', 'unit_price'], required: false },
  currency: { names: ['currency'], required: false },
  category: { names: ['category', 'categories'], required: false },
  brand: { names: ['brand'], required: false },
  description: { names: ['description'], required: false },
  stock: { names: ['stock', 'quantity'], required: false },
} as const satisfies ColumnsWanted<string>;

export type CatalogueColumn = keyof typeof catalogueColumns;

export const catalogueColumnNames = Object.keys(catalogueColumns) as CatalogueColumn[];

/** The fields of a product that a line gives, as POST /api/v1/products/batch takes them. */
export type GivenProduct = { sku: string } & Partial<
  Record<'name' | 'currency' | 'category' | 'brand' | 'description', string> &
    Record<'price' | 'stock', number>
>;

export type ProductLine = { lineNumber: number } & ({ product: GivenProduct } | { fault: string });

const texts = ['name', 'currency', 'category', 'brand', 'description'] as const;

/** Judges one line: an empty field is one that is not given. The service judges the values themselves. */
export const readProduct = (
  lineNumber: number,
  given: (column: CatalogueColumn) => string | undefined,
): ProductLine => {
  const field = (column: CatalogueColumn) => given(column)?.trim() || undefined;
  const sku = field('sku');
  if (sku === undefined) return { lineNumber, fault: 'no sku' };
  const product: GivenProduct = { sku };
  for (const column of texts) {
    const text = field(column);
    if (text !== undefined) product[column] = text;
  }
  for (const column of ['price', 'stock'] as const) {
    const text = field(column);
    if (text === undefined) continue;
    if (!/^\d{1,15}(\.\d+)?$/.test(text)) return { lineNumber, fault: `${column} "${text}"` };
    product[column] = Number(text);
  }
  return { lineNumber, product };
};

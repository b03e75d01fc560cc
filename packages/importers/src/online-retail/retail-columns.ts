import type { ColumnsWanted } from '../files/find-table.ts';

/** The columns that are read, by the names that the UCI files and their copies give them. */
export const retailColumns = {
  invoice: { names: ['InvoiceNo', 'Invoice'], required: true },
  stockCode: { names: ['StockCode'], required: true },
  description: { names: ['Description'], required: true },
  quantity: { names: ['Quantity'], required: true },
  invoiceDate: { names: ['InvoiceDate'], required: true },
  unitPrice: { names: ['UnitPrice', 'Price'], required: true },
  customer: { names: ['CustomerID'], required: true },
} as const satisfies ColumnsWanted<string>;

export type RetailColumn = keyof typeof retailColumns;

export const retailColumnNames = Object.keys(retailColumns) as RetailColumn[];

import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';

export interface ProductCount {
  purchases: number;
  units: number;
  revenueMinor: number;
}

export interface RetailCount extends ProductCount {
  customers: number;
  /** The invoices' numbers. */
  invoices: Set<string>;
  byProduct: Map<string, ProductCount>;
  /** Purchases of each product, of one customer at most three. */
  damped: Map<string, number>;
}

/**
 * What a direct count over the lines of an Online Retail CSV gives: those with a customer, no cancellation, and a
 * quantity and a price above zero. It shares nothing with the import, so that the two can be compared.
 */
export const countRetailFile = (path: string): RetailCount => {
  const lines: Record<string, string>[] = parse(readFileSync(path, 'latin1'), { columns: true });
  const valid = lines.filter(
    ({ InvoiceNo, CustomerID, Quantity, UnitPrice }) =>
      CustomerID !== '' && !InvoiceNo?.startsWith('C') && Number(Quantity) > 0 && Number(UnitPrice) > 0,
  );
  const total = { purchases: 0, units: 0, revenueMinor: 0 };
  const byProduct = new Map<string, ProductCount>();
  for (const { StockCode = '', Quantity, UnitPrice } of valid) {
    const product = byProduct.get(StockCode) ?? { purchases: 0, units: 0, revenueMinor: 0 };
    byProduct.set(StockCode, product);
    for (const count of [total, product]) {
      count.purchases += 1;
      count.units += Number(Quantity);
      count.revenueMinor += Number(Quantity) * Math.round(Number(UnitPrice) * 100);
    }
  }
  const customers = new Set(valid.map(({ CustomerID }) => CustomerID)).size;
  const invoices = new Set(valid.map(({ InvoiceNo = '' }) => InvoiceNo));
  const byBuyer = Map.groupBy(valid, ({ CustomerID, StockCode = '' }) => `${CustomerID} ${StockCode}`);
  const damped = new Map<string, number>();
  for (const [{ StockCode = '' } = {}, ...more] of byBuyer.values())
    damped.set(StockCode, (damped.get(StockCode) ?? 0) + Math.min(1 + more.length, 3));
  return { ...total, customers, invoices, byProduct, damped };
};

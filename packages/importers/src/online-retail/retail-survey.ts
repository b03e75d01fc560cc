import { productNameLengthMax } from '@souk/contracts/product-updates.ts';
import { type LeftOutReason, leftOutReasons, type RetailLine } from './retail-line.ts';

export interface CatalogueEntry {
  name: string;
  priceMinor: number;
}

/** What a file holds, without its lines: small beside the file. */
export interface RetailSurvey {
  linesRead: number;
  leftOut: Record<LeftOutReason, number>;
  purchases: number;
  units: number;
  revenueMinor: number;
  /** In the order in which they first buy. */
  customers: Set<string>;
  /** By stock code: the last description that is not empty and the last price of the purchases. */
  products: Map<string, CatalogueEntry>;
  /** How many purchases each invoice of a customer has, by `[invoice, customer]` as JSON. */
  invoices: Map<string, number>;
}

/**
 * Counts the lines of a file and gathers its customers and products, from purchases alone: the descriptions of other
 * lines are notes such as "damaged". The same file always gives the same.
 */
export const surveyRetail = async (lines: AsyncIterable<RetailLine>): Promise<RetailSurvey> => {
  const survey: RetailSurvey = {
    linesRead: 0,
    leftOut: Object.fromEntries(leftOutReasons.map((reason) => [reason, 0])) as RetailSurvey['leftOut'],
    purchases: 0,
    units: 0,
    revenueMinor: 0,
    customers: new Set(),
    products: new Map(),
    invoices: new Map(),
  };
  for await (const line of lines) {
    survey.linesRead += 1;
    if ('leftOut' in line) {
      survey.leftOut[line.leftOut] += 1;
      continue;
    }
    const { stockCode, description, quantity, unitPriceMinor, customer } = line.purchase;
    survey.purchases += 1;
    survey.units += quantity;
    survey.revenueMinor += quantity * unitPriceMinor;
    survey.customers.add(customer);
    const invoice = JSON.stringify([line.purchase.invoice, customer]);
    survey.invoices.set(invoice, (survey.invoices.get(invoice) ?? 0) + 1);
    const name = nameOf(description) || survey.products.get(stockCode)?.name || stockCode;
    survey.products.set(stockCode, { name, priceMinor: unitPriceMinor });
  }
  return survey;
};

/** Cut to what a product's name may hold, in whole characters. */
const nameOf = (description: string): string =>
  description.length <= productNameLengthMax
    ? description
    : [...description].slice(0, productNameLengthMax).join('');

import { productNameLengthMax } from '@souk/contracts/product-updates.ts';
import { eachLineOnce } from './each-line-once.ts';
import { readRetailFile } from './retail-file.ts';
import type { RetailFormat } from './retail-format.ts';
import { type LeftOutReason, leftOutReasons, type Purchase } from './retail-line.ts';

export interface CatalogueEntry {
  name: string;
  priceMinor: number;
}

/** What a file holds, without its lines: small beside the file. */
export interface RetailSurvey {
  linesRead: number;
  leftOut: Record<LeftOutReason, number>;
  /** Lines that the file has twice, where it is several joined together that overlap. */
  overlapping: number;
  /** The first malformed lines: where, and what is wrong. */
  faults: string[];
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

const faultsShownMax = 3;

/**
 * Counts the lines of a file and gathers its customers and products, from purchases alone: the descriptions of other
 * lines are notes such as "damaged". The same file always gives the same. Throws an Error for the user when the file
 * cannot be read, when nothing in it can be imported, and when more lines are malformed than not.
 */
export const surveyRetail = async (path: string, format: RetailFormat): Promise<RetailSurvey> => {
  const survey: RetailSurvey = {
    linesRead: 0,
    leftOut: Object.fromEntries(leftOutReasons.map((reason) => [reason, 0])) as RetailSurvey['leftOut'],
    overlapping: 0,
    faults: [],
    purchases: 0,
    units: 0,
    revenueMinor: 0,
    customers: new Set(),
    products: new Map(),
    invoices: new Map(),
  };
  for await (const { line, identified } of eachLineOnce(readRetailFile(path, format), format.returning)) {
    survey.linesRead += 1;
    if (identified) addPurchase(survey, identified.purchase);
    else if ('purchase' in line) survey.overlapping += 1;
    else {
      survey.leftOut[line.leftOut] += 1;
      if (line.fault !== undefined && survey.faults.length < faultsShownMax)
        survey.faults.push(`line ${line.lineNumber}: ${line.fault}`);
    }
  }
  refuseUnread(path, survey);
  return survey;
};

const addPurchase = (survey: RetailSurvey, purchase: Purchase): void => {
  const { stockCode, description, quantity, unitPriceMinor, customer } = purchase;
  survey.purchases += 1;
  survey.units += quantity;
  survey.revenueMinor += quantity * unitPriceMinor;
  survey.customers.add(customer);
  const invoice = JSON.stringify([purchase.invoice, customer]);
  survey.invoices.set(invoice, (survey.invoices.get(invoice) ?? 0) + 1);
  const name = nameOf(description) || survey.products.get(stockCode)?.name || stockCode;
  survey.products.set(stockCode, { name, priceMinor: unitPriceMinor });
};

/** A file that was read in the wrong way must not pass for one that was imported. */
const refuseUnread = (path: string, { linesRead, leftOut, purchases, faults }: RetailSurvey): void => {
  if (purchases > 0 && leftOut.malformed * 2 <= linesRead) return;
  const counts = leftOutReasons.filter((reason) => leftOut[reason] > 0);
  const reasons = counts.map((reason) => `${leftOut[reason]} ${reason.replace('_', ' ')}`).join(', ');
  const cause = [reasons || 'it has no lines', ...faults].join('; ');
  const what = purchases === 0 ? 'has nothing to import' : 'cannot be read for the most part';
  throw new Error(`${path} ${what} (${cause})`);
};

/** Cut to what a product's name may hold, in whole characters. */
const nameOf = (description: string): string =>
  description.length <= productNameLengthMax
    ? description
    : [...description].slice(0, productNameLengthMax).join('');

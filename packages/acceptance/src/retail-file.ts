import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { retailSample } from '@souk/importers/testing/retail-sample.ts';
import { sharedData } from '@souk/testing/shared-data.ts';

export interface RetailFile {
  shop: string;
  path: string;
  /** Its first day, and the day after its last (RFC 3339). */
  from: string;
  to: string;
  /** Lines with a customer, no cancellation, and a quantity and a price above zero; counted once by hand. */
  holds: {
    purchases: number;
    customers: number;
    products: number;
    invoices: number;
    units: number;
    revenueMinor: number;
  };
}

/** What the suites of the import run on: a real file where it is present, else an invented one. */
export const retailFile = (): RetailFile => {
  const path = sharedData('online-retail-10k.csv');
  return path === undefined ? inventedFile() : realFile(path);
};

const inventedFile = (): RetailFile => ({
  shop: 'an invented shop',
  path: writeSample(),
  from: '2024-03-10T00:00:00Z',
  to: '2024-03-15T00:00:00Z',
  holds: {
    purchases: 320,
    customers: 17,
    products: 58,
    invoices: 47,
    units: 2_107,
    revenueMinor: 2_194_465,
  },
});

const realFile = (path: string): RetailFile => ({
  shop: 'a real shop',
  path,
  from: '2010-12-01T00:00:00Z',
  to: '2010-12-06T00:00:00Z',
  holds: {
    purchases: 7_608,
    customers: 303,
    products: 1_689,
    invoices: 401,
    units: 82_869,
    revenueMinor: 14_820_683,
  },
});

const writeSample = (): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'souk-retail-')), 'retail.csv');
  writeFileSync(path, retailSample().join('\n'));
  return path;
};

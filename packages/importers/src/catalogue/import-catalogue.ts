import { chunked } from '../shop/in-parallel.ts';
import { batchItemsMax, type Shop } from '../shop/shop.ts';
import type { GivenProduct, ProductLine } from './product-line.ts';

export interface CatalogueImport {
  lines: AsyncIterable<ProductLine>;
  /** Undefined: the file is read and nothing is sent. */
  shop: Pick<Shop, 'upsertProducts'> | undefined;
  onDone(count: number): void;
}

export interface CatalogueReport {
  linesRead: number;
  /** Products that the file describes; of several lines with one sku in a batch the last counts. */
  products: number;
  created: number;
  updated: number;
  unchanged: number;
  /** Lines that cannot be read, and products that the service refused: how many, and the first of them. */
  faulty: number;
  faults: string[];
}

const faultsShownMax = 20;

/** Creates and changes the products of a file by their sku. A bad line costs itself alone; a repeat changes nothing. */
export const importCatalogue = async ({ lines, shop, onDone }: CatalogueImport): Promise<CatalogueReport> => {
  const report: CatalogueReport = {
    ...{ linesRead: 0, products: 0, created: 0, updated: 0, unchanged: 0, faulty: 0, faults: [] },
  };
  const addFault = (lineNumber: number, reason: string) => {
    report.faulty += 1;
    if (report.faults.length < faultsShownMax) report.faults.push(`line ${lineNumber}: ${reason}`);
  };
  for await (const chunk of chunked(lines, batchItemsMax)) {
    report.linesRead += chunk.length;
    const bySku = new Map<string, { lineNumber: number; product: GivenProduct }>();
    for (const line of chunk) {
      if ('fault' in line) addFault(line.lineNumber, line.fault);
      else bySku.set(line.product.sku, line);
    }
    const wanted = [...bySku.values()];
    report.products += wanted.length;
    if (shop && wanted.length > 0) {
      const { rejected, ...counts } = await shop.upsertProducts(wanted.map(({ product }) => product));
      for (const count of ['created', 'updated', 'unchanged'] as const) report[count] += counts[count];
      for (const { index, reason } of rejected) addFault(wanted[index]?.lineNumber ?? 0, reason);
    }
    onDone(chunk.length);
  }
  return report;
};

import type { DecodedEvent } from '@souk/contracts/cloud-event.ts';
import type { productUpdates } from '@souk/contracts/product-updates.ts';

/** What an answer needs to know of a product. A deleted one has only its version and is not available. */
export interface CatalogueEntry {
  productId: string;
  version: number;
  name: string | null;
  priceMinor: number | null;
  currency: string | null;
  category: string | null;
  available: boolean;
}

/** The latest state of each product that the events tell of, whatever their order. */
export const latestEntries = (events: readonly DecodedEvent<typeof productUpdates>[]): CatalogueEntry[] => {
  const latest = new Map<string, CatalogueEntry>();
  for (const event of events) {
    const entry = entryOf(event);
    if (entry === undefined) continue;
    const before = latest.get(entry.productId);
    if (before === undefined || entry.version > before.version) latest.set(entry.productId, entry);
  }
  return [...latest.values()];
};

/** Undefined for an event that says nothing about what is shown. */
const entryOf = (event: DecodedEvent<typeof productUpdates>): CatalogueEntry | undefined => {
  switch (event.type) {
    case 'product.created.v1':
    case 'product.updated.v1': {
      const { product_id, version, name, price_minor, currency, category, stock } = event.data;
      const available = stock === null || stock > 0;
      return { productId: product_id, version, name, priceMinor: price_minor, currency, category, available };
    }
    case 'product.deleted.v1': {
      const { product_id, version } = event.data;
      return { ...gone, productId: product_id, version };
    }
    default:
      return undefined;
  }
};

const gone = { name: null, priceMinor: null, currency: null, category: null, available: false };

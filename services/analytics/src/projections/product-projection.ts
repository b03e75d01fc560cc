import type { DecodedEvent } from '@souk/contracts/cloud-event.ts';
import { productUpdates } from '@souk/contracts/product-updates.ts';
import { type Projection, projection } from '@souk/service-kit/kafka/apply-batch.ts';
import { type ProductState, saveProducts } from './product-repository.ts';

type ProductEvent = DecodedEvent<typeof productUpdates>;

/** Keeps the products' names. A repeat or an older state changes nothing: versions decide. */
export const productProjection: Projection = projection(productUpdates, (tx, events) =>
  saveProducts(tx, newestStates(events)),
);

/** The newest state of each product; a deletion takes over the name that was known before. */
const newestStates = (events: readonly ProductEvent[]): ProductState[] => {
  const newest = new Map<string, ProductState>();
  for (const event of events) {
    const state = stateOf(event);
    if (state === undefined) continue;
    const before = newest.get(state.productId);
    if (before === undefined) newest.set(state.productId, state);
    else if (state.version > before.version)
      newest.set(state.productId, { ...state, name: state.name ?? before.name });
  }
  return [...newest.values()];
};

/** Undefined for an event that says nothing about a product's name. */
const stateOf = (event: ProductEvent): ProductState | undefined => {
  switch (event.type) {
    case 'product.created.v1':
    case 'product.updated.v1': {
      const { product_id, version, name } = event.data;
      return { productId: product_id, version, name, deleted: false };
    }
    case 'product.deleted.v1': {
      const { product_id, version } = event.data;
      return { productId: product_id, version, name: null, deleted: true };
    }
    default:
      return undefined;
  }
};

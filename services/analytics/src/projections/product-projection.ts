import type { DecodedEvent } from '@souk/contracts/cloud-event.ts';
import type { Experiment } from '@souk/contracts/experiments.ts';
import { productUpdates } from '@souk/contracts/product-updates.ts';
import { projection, type Subscription } from '@souk/service-kit/projection/subscription.ts';
import { recordExperiments } from '../experiments/experiment-projection.ts';
import { addEntities } from '../rollups/entity-counts.ts';
import { type Purchase, type Return, rollUp } from '../rollups/rollup.ts';
import { keepErasuresOut } from './erasure-lock.ts';
import { type ProductState, saveProducts } from './product-repository.ts';
import { record } from './record.ts';

type ProductEvent = DecodedEvent<typeof productUpdates>;

/**
 * Keeps the products' names and adds what orders bought and gave back to the rollups. A repeat does no harm: it does not
 * arrive here, and an older state changes nothing besides, as versions decide.
 */
export const productProjection = (experiments: readonly Experiment[] = []): Subscription =>
  projection(productUpdates, async (tx, events) => {
    const { purchases, returns } = tradesOf(events);
    const trades = purchases.length + returns.length > 0;
    if (trades) keepErasuresOut(tx);
    const states = newestStates(events);
    const products = states.length > 0 ? await saveProducts(tx, states) : undefined;
    if (trades) await record(tx, new Map(), rollUp({ purchases, returns }));
    await recordExperiments(tx, events, experiments);
    if (products) await addEntities(tx, 'product', products);
  });

const tradesOf = (events: readonly ProductEvent[]) => {
  const purchases: Purchase[] = [];
  const returns: Return[] = [];
  for (const event of events)
    if (event.type === 'product.purchased.v1') purchases.push(event.data);
    else if (event.type === 'product.returned.v1') returns.push(event.data);
  return { purchases, returns };
};

/** The newest version and the newest name of each product, whatever the order of the events. */
const newestStates = (events: readonly ProductEvent[]): ProductState[] => {
  const newest = new Map<string, ProductState>();
  for (const event of events) {
    const state = stateOf(event);
    if (state === undefined) continue;
    const before = newest.get(state.productId) ?? state;
    const { name, nameVersion } = state.nameVersion > before.nameVersion ? state : before;
    newest.set(state.productId, {
      ...(state.version > before.version ? state : before),
      name,
      nameVersion,
    });
  }
  return [...newest.values()];
};

/** Undefined for an event that says nothing about a product's state. */
const stateOf = (event: ProductEvent): ProductState | undefined => {
  switch (event.type) {
    case 'product.created.v1':
    case 'product.updated.v1': {
      const { product_id, version, name } = event.data;
      return { productId: product_id, version, deleted: false, name, nameVersion: version };
    }
    case 'product.deleted.v1': {
      const { product_id, version } = event.data;
      return { productId: product_id, version, deleted: true, name: null, nameVersion: 0 };
    }
    default:
      return undefined;
  }
};

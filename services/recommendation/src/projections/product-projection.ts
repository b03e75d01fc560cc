import type { DecodedEvent } from '@souk/contracts/cloud-event.ts';
import { productUpdates } from '@souk/contracts/product-updates.ts';
import { projection, type Subscription } from '@souk/service-kit/projection/subscription.ts';
import { latestEntries } from '../catalogue/catalogue.ts';
import { type Activity, type Scoring, scoreActivities } from '../popularity/popularity.ts';
import { saveProducts } from './product-repository.ts';

/**
 * Keeps what answers show of a product, and adds the weight of a purchase for every line of an order. A repeat
 * does no harm: it never arrives here, and an older state changes nothing besides, as versions decide.
 */
export const productProjection = (scoring: Scoring): Subscription =>
  projection(productUpdates, (tx, events) =>
    saveProducts(tx, latestEntries(events), scoreActivities(purchasesOf(events), scoring)),
  );

/** The lines of orders, each as the activity that it is to the popularity of its product. */
const purchasesOf = (events: readonly DecodedEvent<typeof productUpdates>[]): Activity[] => {
  const purchases: Activity[] = [];
  for (const event of events)
    if (event.type === 'product.purchased.v1') purchases.push({ ...event.data, type: 'purchase' });
  return purchases;
};

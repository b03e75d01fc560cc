import { productUpdates } from '@souk/contracts/product-updates.ts';
import { projection, type Subscription } from '@souk/service-kit/projection/subscription.ts';
import { latestEntries } from '../catalogue/catalogue.ts';
import { orderFacts } from '../interactions/facts.ts';
import type { Scoring } from '../popularity/scoring.ts';
import { applyFacts } from './apply-facts.ts';

/**
 * Keeps what answers show of a product, and adds every line of an order as a purchase. A repeat does no harm: it
 * never arrives here, and an older state changes nothing besides, as versions decide.
 */
export const productProjection = (scoring: Scoring): Subscription =>
  projection(productUpdates, (tx, events) =>
    applyFacts(tx, orderFacts(events, scoring), latestEntries(events), scoring),
  );

import type { DecodedEvent } from '@souk/contracts/cloud-event.ts';
import { type Experiment, variantOf } from '@souk/contracts/experiments.ts';
import type { productUpdates } from '@souk/contracts/product-updates.ts';
import type { EventData } from '@souk/contracts/topic.ts';
import type { userUpdates } from '@souk/contracts/user-updates.ts';
import type { Fact } from './fact.ts';

/** What a batch tells of one user in one experiment. */
export interface UserFacts {
  experiment: Experiment;
  userId: string;
  /** The one that the user sees. */
  variant: string;
  facts: Fact[];
}

type Activity = EventData<typeof userUpdates, 'user.activity_recorded.v1'>;
type Told = { userId: string; fact: Fact; shownIn?: { experiment: string; variant: string } };

/** What users were shown and did, from the events of either topic, for those who take part in an experiment. */
export const userFacts = (
  events: readonly (DecodedEvent<typeof userUpdates> | DecodedEvent<typeof productUpdates>)[],
  experiments: readonly Experiment[],
): UserFacts[] => {
  if (experiments.length === 0) return [];
  const found = new Map<string, UserFacts>();
  for (const told of events.flatMap(toldBy))
    for (const experiment of experiments) {
      if (!counts(told, experiment)) continue;
      const variant = variantOf(experiment, told.userId)?.name;
      if (variant === undefined || (told.shownIn && told.shownIn.variant !== variant)) continue;
      const key = `${experiment.name} ${told.userId}`;
      const known = found.get(key) ?? { experiment, userId: told.userId, variant, facts: [] };
      known.facts.push(told.fact);
      found.set(key, known);
    }
  return [...found.values()];
};

/** What is shown counts while the experiment runs, what follows until its window after that has passed. */
const counts = ({ fact, shownIn }: Told, { name, startMs, endMs, clickMs, purchaseMs }: Experiment) => {
  if (shownIn && shownIn.experiment !== name) return false;
  const afterMs = { shown: 0, click: clickMs, purchase: purchaseMs, return: purchaseMs }[fact.kind];
  return startMs <= fact.atMs && fact.atMs < endMs + afterMs;
};

const toldBy = (event: DecodedEvent<typeof userUpdates> | DecodedEvent<typeof productUpdates>): Told[] => {
  switch (event.type) {
    case 'user.activity_recorded.v1':
      return toldByActivity(event.data);
    case 'product.purchased.v1':
    case 'product.returned.v1': {
      const { user_id, product_id, order_uid, line } = event.data;
      const isReturn = event.type === 'product.returned.v1';
      // A part of a line that is still bought is still a purchase.
      if (user_id === null || (isReturn && event.data.remaining_quantity > 0)) return [];
      const at = isReturn ? event.data.purchased_at : event.data.occurred_at;
      const kind = isReturn ? 'return' : 'purchase';
      const fact: Fact = { kind, productId: product_id, atMs: Date.parse(at), line: `${order_uid}/${line}` };
      return [{ userId: user_id, fact }];
    }
    default:
      return [];
  }
};

const toldByActivity = ({ user_id, type, product_id, occurred_at, shown }: Activity): Told[] => {
  const atMs = Date.parse(occurred_at);
  if (shown)
    return [...new Set(shown.product_ids)].map((productId) => ({
      userId: user_id,
      fact: { kind: 'shown', productId, atMs },
      shownIn: shown,
    }));
  const kind = kindOf.get(type);
  return kind && product_id ? [{ userId: user_id, fact: { kind, productId: product_id, atMs } }] : [];
};

const kindOf = new Map<string, Fact['kind']>([
  ['view', 'click'],
  ['add_to_cart', 'click'],
  ['purchase', 'purchase'],
]);

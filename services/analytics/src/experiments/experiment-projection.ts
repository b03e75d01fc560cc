import type { DecodedEvent } from '@souk/contracts/cloud-event.ts';
import type { Experiment } from '@souk/contracts/experiments.ts';
import type { productUpdates } from '@souk/contracts/product-updates.ts';
import type { userUpdates } from '@souk/contracts/user-updates.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { keepErasuresOut } from '../projections/erasure-lock.ts';
import { type Figures, figuresOf } from './attribution.ts';
import {
  addToVariants,
  eraseParticipants,
  lockParticipants,
  saveParticipants,
} from './experiment-repository.ts';
import { factOf, firstFacts, storedFact } from './fact.ts';
import { userFacts } from './user-facts.ts';

/**
 * Adds to the experiments what a batch of either topic tells of those who take part. Call it after the users' states were
 * stored, so that nothing is recorded under a deleted user. A repeat does no harm: it does not arrive here; and the
 * figures follow from the facts of a user alone, in whatever order they come.
 */
export const recordExperiments = async (
  tx: TransactionSql,
  events: readonly (DecodedEvent<typeof userUpdates> | DecodedEvent<typeof productUpdates>)[],
  experiments: readonly Experiment[],
): Promise<void> => {
  const deleted = events.flatMap(({ type, data }) => (type === 'user.deleted.v1' ? data.user_id : []));
  if (deleted.length > 0) await eraseParticipants(tx, deleted);
  const told = userFacts(events, experiments);
  if (told.length === 0) return;
  keepErasuresOut(tx);
  const stored = await lockParticipants(tx, told);
  const changes: { experiment: string; variant: string; figures: Figures }[] = [];
  const saved = told.flatMap(({ experiment, userId, variant, facts }) => {
    const before = stored.get(`${experiment.name} ${userId}`);
    if (before === undefined) return [];
    const kept = firstFacts([...before.facts.map(factOf), ...facts]);
    const figures = figuresOf(kept, experiment);
    changes.push({ experiment: experiment.name, variant, figures: difference(figures, before.figures) });
    return { experiment: experiment.name, userId, facts: kept.map(storedFact), figures };
  });
  await saveParticipants(tx, saved);
  await addToVariants(tx, changes);
};

const difference = (now: Figures, before: Figures): Figures => ({
  users: now.users - before.users,
  clicks: now.clicks - before.clicks,
  clickingUsers: now.clickingUsers - before.clickingUsers,
  purchases: now.purchases - before.purchases,
  purchasingUsers: now.purchasingUsers - before.purchasingUsers,
});

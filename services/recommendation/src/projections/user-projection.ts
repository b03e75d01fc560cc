import { userUpdates } from '@souk/contracts/user-updates.ts';
import { projection, type Subscription } from '@souk/service-kit/projection/subscription.ts';
import { userFacts } from '../interactions/facts.ts';
import type { Scoring } from '../popularity/scoring.ts';
import { applyFacts } from './apply-facts.ts';

/**
 * Adds activity to the history of its user and to the scores of its product, and takes everything of a deleted user
 * away. A batch is merged in memory; a repeated event never arrives here, so it is not added twice.
 */
export const userProjection = (scoring: Scoring): Subscription =>
  projection(userUpdates, (tx, events) => applyFacts(tx, userFacts(events, scoring), [], scoring));

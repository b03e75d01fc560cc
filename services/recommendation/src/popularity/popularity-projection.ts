import { userUpdates } from '@souk/contracts/user-updates.ts';
import { type Projection, projection } from '@souk/service-kit/kafka/apply-batch.ts';
import { type Activity, type Scoring, scoreActivities } from './popularity.ts';
import { addScores } from './popularity-repository.ts';

/**
 * Adds the weight of every activity to its product. A batch is summed up in memory and written with one
 * statement; a repeated event never arrives here, so it is not added twice.
 */
export const popularityProjection = (scoring: Scoring): Projection =>
  projection(userUpdates, async (tx, events) => {
    const activities: Activity[] = [];
    // No other event matters here. A deleted user's activity stays: a sum per product tells nothing about a user.
    for (const event of events) if (event.type === 'user.activity_recorded.v1') activities.push(event.data);
    const scores = scoreActivities(activities, scoring);
    if (scores.size > 0) await addScores(tx, scores);
  });

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
    for (const event of events) {
      switch (event.type) {
        case 'user.activity_recorded.v1':
          activities.push(event.data);
          break;
        case 'user.registered.v1':
        case 'user.updated.v1':
        case 'user.cart_updated.v1':
          break;
        case 'user.deleted.v1':
          // Nothing to erase: sums per product tell nothing about a user.
          break;
        default:
          throw new Error('unhandled event', { cause: event satisfies never });
      }
    }
    const scores = scoreActivities(activities, scoring);
    if (scores.size > 0) await addScores(tx, scores);
  });

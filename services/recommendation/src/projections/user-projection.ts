import { userUpdates } from '@souk/contracts/user-updates.ts';
import { projection, type Subscription } from '@souk/service-kit/projection/subscription.ts';
import { type Activity, type Scoring, scoreActivities } from '../popularity/popularity.ts';
import { saveProducts } from './product-repository.ts';

/**
 * Adds the weight of every activity to its product. A batch is summed up in memory and written with one
 * statement; a repeated event never arrives here, so it is not added twice.
 */
export const userProjection = (scoring: Scoring): Subscription =>
  projection(userUpdates, async (tx, events) => {
    const activities: Activity[] = [];
    // No other event matters here. A deleted user's activity stays: a sum per product tells nothing about a user.
    for (const event of events) if (event.type === 'user.activity_recorded.v1') activities.push(event.data);
    await saveProducts(tx, [], scoreActivities(activities, scoring));
  });

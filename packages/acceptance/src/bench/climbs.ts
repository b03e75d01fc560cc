import { climb } from './climb.ts';
import { checkouts } from './ladders/checkouts.ts';
import { history } from './ladders/history.ts';
import { orders } from './ladders/orders.ts';
import { overloaded } from './ladders/overloaded.ts';
import { relay } from './ladders/relay.ts';
import { shop } from './ladders/shop.ts';
import { tracedHistory } from './ladders/traced-history.ts';
import { users } from './ladders/users.ts';
import { activityBatch } from './rows/activity-batch.ts';
import { analyticsQueries } from './rows/analytics-queries.ts';
import { applied } from './rows/applied.ts';
import { checkoutRow } from './rows/checkouts.ts';
import { freshnessBusy, freshnessIdle } from './rows/freshness.ts';
import { freshnessStages } from './rows/freshness-stages.ts';
import { memory } from './rows/memory.ts';
import { ordersStored } from './rows/orders-stored.ts';
import { overload } from './rows/overload.ts';
import { rebuild, rebuildBeside } from './rows/rebuild.ts';
import { recommendations } from './rows/recommendations.ts';
import { relayDrain } from './rows/relay-drain.ts';
import { userGet } from './rows/user-get.ts';
import { userList } from './rows/user-list.ts';
import { userPost } from './rows/user-post.ts';

/** Every row, by the world it is measured in. What takes longest comes late; memory tells the peaks of all. */
export const climbs = [
  climb(users, [userPost, userGet, activityBatch, userList]),
  climb(overloaded, [overload]),
  climb(relay, [relayDrain]),
  climb(orders, [ordersStored]),
  climb(checkouts, [checkoutRow]),
  climb(history, [
    ...[applied('recommendation', 40_000), applied('analytics', 25_000), recommendations, analyticsQueries],
    ...[rebuild('recommendation', 25), rebuild('analytics', 40)],
    ...[rebuildBeside('recommendation'), rebuildBeside('analytics'), freshnessIdle, freshnessBusy],
  ]),
  climb(tracedHistory, [freshnessStages]),
  climb(shop, [memory]),
];

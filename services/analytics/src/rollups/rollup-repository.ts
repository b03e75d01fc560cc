import { texts, timestamps, values } from '@souk/service-kit/postgres/columns.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { addActiveUsers } from './active-users.ts';
import { addEntities, type EntityCounts } from './entity-counts.ts';
import { moveFunnel } from './funnel-counts.ts';
import type { FunnelChange } from './funnel-repository.ts';
import { keptBuckets } from './kept-buckets.ts';
import { appendProductChanges } from './product-changes.ts';
import type {
  ActivityRow,
  Rollup,
  SalesRow,
  UserActivityRow,
  UserProductRow,
  UserRevenueRow,
} from './rollup.ts';

/** How the users change that there are, and by minute, in milliseconds since the epoch, those last active in it. */
export interface UserCountChanges extends EntityCounts {
  lastActive: ReadonlyMap<number, number>;
  /** Who has registered after activity or orders named the id. */
  joinedIds: readonly string[];
  funnel: readonly FunnelChange[];
}

/**
 * Adds a rollup and changes of counts to the tables, one statement per table, sent together. Tables and rows are
 * always taken in the same order, so that two transactions never wait for each other in a circle; the tables that
 * all partitions share come last, the busiest at the end, so that their rows are locked for the shortest time.
 */
export const saveRollup = async (
  tx: TransactionSql,
  rollup: Rollup,
  users: UserCountChanges,
): Promise<void> => {
  const { userActivity, userProducts, userRevenue, activeUsers, products, sales, activity } = rollup;
  await Promise.all([
    userActivity.length > 0 && addUserActivity(tx, userActivity),
    userProducts.length > 0 && addUserProducts(tx, userProducts),
    userRevenue.length > 0 && addUserRevenue(tx, userRevenue),
    products.length > 0 && appendProductChanges(tx, products),
    (activeUsers.length > 0 || users.joinedIds.length > 0) &&
      addActiveUsers(tx, activeUsers, users.joinedIds),
    moveFunnel(tx, users.funnel),
    moveLastActive(tx, users.lastActive),
    sales.length > 0 && addSales(tx, sales),
    activity.length > 0 && addActivity(tx, activity),
    addEntities(tx, 'user', users),
  ]);
};

const addUserActivity = async (tx: TransactionSql, rows: readonly UserActivityRow[]): Promise<void> => {
  await tx`
    insert into user_activity as t (user_id, type, count, first_seen, last_seen)
    select user_id, type, count, first_seen, last_seen
    from unnest(
      ${values(rows.map(({ userId }) => userId))}::text::uuid[],
      ${texts(rows.map(({ type }) => type))}::text::text[],
      ${values(rows.map(({ count }) => count))}::text::bigint[],
      ${timestamps(rows.map(({ firstSeenMs }) => firstSeenMs))}::text::timestamptz[],
      ${timestamps(rows.map(({ lastSeenMs }) => lastSeenMs))}::text::timestamptz[]
    ) as added (user_id, type, count, first_seen, last_seen)
    order by user_id, type
    on conflict (user_id, type) do update set
      count = t.count + excluded.count,
      first_seen = least(t.first_seen, excluded.first_seen),
      last_seen = greatest(t.last_seen, excluded.last_seen)`;
};

const addUserProducts = async (tx: TransactionSql, rows: readonly UserProductRow[]): Promise<void> => {
  await tx`
    insert into user_products as t (user_id, product_id, interactions, purchases)
    select user_id, product_id, interactions, purchases
    from unnest(
      ${values(rows.map(({ userId }) => userId))}::text::uuid[],
      ${values(rows.map(({ productId }) => productId))}::text::uuid[],
      ${values(rows.map(({ interactions }) => interactions))}::text::bigint[],
      ${values(rows.map(({ purchases }) => purchases))}::text::bigint[]
    ) as added (user_id, product_id, interactions, purchases)
    order by user_id, product_id
    on conflict (user_id, product_id) do update set
      interactions = t.interactions + excluded.interactions,
      purchases = t.purchases + excluded.purchases`;
};

const addUserRevenue = async (tx: TransactionSql, rows: readonly UserRevenueRow[]): Promise<void> => {
  await tx`
    insert into user_revenue as t (user_id, currency, gross_minor, refunded_minor)
    select user_id, currency, gross_minor, refunded_minor
    from unnest(
      ${values(rows.map(({ userId }) => userId))}::text::uuid[],
      ${texts(rows.map(({ currency }) => currency))}::text::text[],
      ${values(rows.map(({ grossMinor }) => grossMinor))}::text::numeric[],
      ${values(rows.map(({ refundedMinor }) => refundedMinor))}::text::numeric[]
    ) as added (user_id, currency, gross_minor, refunded_minor)
    order by user_id, currency
    on conflict (user_id, currency) do update set
      gross_minor = t.gross_minor + excluded.gross_minor,
      refunded_minor = t.refunded_minor + excluded.refunded_minor`;
};

const moveLastActive = async (tx: TransactionSql, changes: ReadonlyMap<number, number>): Promise<void> => {
  const rows = [...changes].filter(([, users]) => users !== 0);
  if (rows.length === 0) return;
  const inBuckets = tx`
    select granularity, bucket, sum(users) as users
    from unnest(
      ${timestamps(rows.map(([minuteMs]) => minuteMs))}::text::timestamptz[],
      ${values(rows.map(([, users]) => users))}::text::bigint[]
    ) as changes (minute, users) cross join ${keptBuckets(tx)}
    where granularity <> 'shop_day'
    group by granularity, bucket
    having sum(users) <> 0`;
  await Promise.all([
    tx`
      insert into last_active_counts as t (granularity, bucket, users)
      ${inBuckets} order by 1, 2
      on conflict (granularity, bucket) do update set users = t.users + excluded.users`,
    rows.some(([, users]) => users < 0) &&
      tx`
      delete from last_active_counts as t using (${inBuckets}) as moved
      where (t.granularity, t.bucket) = (moved.granularity, moved.bucket) and t.users = 0`,
  ]);
};

const addSales = async (tx: TransactionSql, rows: readonly SalesRow[]): Promise<void> => {
  await tx`
    insert into sales_rollups as t
      (granularity, bucket, currency, purchases, units, returned_units, gross_minor, refunded_minor)
    select granularity, bucket, currency, sum(purchases), sum(units), sum(returned_units), sum(gross_minor),
      sum(refunded_minor)
    from unnest(
      ${timestamps(rows.map(({ minuteMs }) => minuteMs))}::text::timestamptz[],
      ${texts(rows.map(({ currency }) => currency))}::text::text[],
      ${values(rows.map(({ purchases }) => purchases))}::text::bigint[],
      ${values(rows.map(({ units }) => units))}::text::bigint[],
      ${values(rows.map(({ returnedUnits }) => returnedUnits))}::text::bigint[],
      ${values(rows.map(({ grossMinor }) => grossMinor))}::text::numeric[],
      ${values(rows.map(({ refundedMinor }) => refundedMinor))}::text::numeric[]
    ) as added (minute, currency, purchases, units, returned_units, gross_minor, refunded_minor)
      cross join ${keptBuckets(tx)}
    group by granularity, bucket, currency
    order by granularity, bucket, currency
    on conflict (granularity, bucket, currency) do update set
      purchases = t.purchases + excluded.purchases,
      units = t.units + excluded.units,
      returned_units = t.returned_units + excluded.returned_units,
      gross_minor = t.gross_minor + excluded.gross_minor,
      refunded_minor = t.refunded_minor + excluded.refunded_minor`;
};

/** By type, and the totals of all types of each bucket. */
const addActivity = async (tx: TransactionSql, rows: readonly ActivityRow[]): Promise<void> => {
  await tx`
    with added as (
      select granularity, bucket, type, sum(count) as count
      from unnest(
        ${timestamps(rows.map(({ minuteMs }) => minuteMs))}::text::timestamptz[],
        ${texts(rows.map(({ type }) => type))}::text::text[],
        ${values(rows.map(({ count }) => count))}::text::bigint[]
      ) as told (minute, type, count) cross join ${keptBuckets(tx)}
      group by granularity, bucket, type
    ), totals as (
      insert into activity_totals as t (granularity, bucket, count)
      select granularity, bucket, sum(count) from added
      group by granularity, bucket
      order by granularity, bucket
      on conflict (granularity, bucket) do update set count = t.count + excluded.count
    )
    insert into activity_rollups as t (granularity, bucket, type, count)
    select granularity, bucket, type, count from added
    order by granularity, bucket, type
    on conflict (granularity, bucket, type) do update set count = t.count + excluded.count`;
};

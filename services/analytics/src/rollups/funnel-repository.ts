import { timestamps, values } from '@souk/service-kit/postgres/columns.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { bucketStart } from './bucket.ts';
import type { FunnelStep, StepRow } from './funnel-steps.ts';

/** Of a user the newest minutes with a view, and the newest carts: so many can count. */
export const funnelStepsMax = 100;

/** How many registered users more have the minute, in milliseconds since the epoch, for a step. */
export interface FunnelChange {
  step: FunnelStep;
  minuteMs: number;
  users: number;
}

/**
 * Stores steps and returns how the counts change with them, and with the users who have joined. Call it when the rows of
 * the users are stored: who registers meanwhile is waited for.
 */
export const saveFunnel = async (
  tx: TransactionSql,
  steps: readonly StepRow[],
  joinedIds: readonly string[],
): Promise<FunnelChange[]> => {
  if (steps.length === 0 && joinedIds.length === 0) return [];
  const viewedBefore = await lockFunnels(tx, steps);
  const joined = new Set(joinedIds);
  const [, changes] = await Promise.all([
    addSteps(tx, steps),
    advance(
      tx,
      viewedBefore.filter(({ user_id }) => !joined.has(user_id)),
      joinedIds,
    ),
  ]);
  return changes;
};

/**
 * The row of each user, locked until the transaction ends: steps of one user come on several topics. Returns which
 * minute counted as viewed.
 */
const lockFunnels = async (tx: TransactionSql, steps: readonly StepRow[]) => {
  const column = (step: FunnelStep) => timestamps(steps.map((row) => (row.step === step ? row.atMs : null)));
  return tx<{ user_id: string; viewed: Date | null }[]>`
    insert into user_funnels as t (user_id, viewed, last_cart, last_purchase)
    select user_id, date_trunc('minute', max(viewed_at), 'UTC'), max(cart_at), max(purchase_at)
    from unnest(
      ${values(steps.map(({ userId }) => userId))}::text::uuid[], ${column('view')}::text::timestamptz[],
      ${column('add_to_cart')}::text::timestamptz[], ${column('purchase')}::text::timestamptz[]
    ) as added (user_id, viewed_at, cart_at, purchase_at)
    group by user_id
    order by user_id
    on conflict (user_id) do update set
      viewed = greatest(t.viewed, excluded.viewed),
      last_cart = greatest(t.last_cart, excluded.last_cart),
      last_purchase = greatest(t.last_purchase, excluded.last_purchase)
    returning t.user_id, old.viewed`;
};

const addSteps = async (tx: TransactionSql, steps: readonly StepRow[]): Promise<void> => {
  const views = steps.filter(({ step }) => step === 'view');
  const carts = steps.filter(({ step }) => step === 'add_to_cart');
  await Promise.all([
    views.length > 0 &&
      tx`
      insert into funnel_views as t (user_id, minute, first_at)
      select user_id, minute, first_at
      from unnest(
        ${values(views.map(({ userId }) => userId))}::text::uuid[],
        ${timestamps(views.map(({ atMs }) => bucketStart('minute', atMs)))}::text::timestamptz[],
        ${timestamps(views.map(({ atMs }) => atMs))}::text::timestamptz[]
      ) as added (user_id, minute, first_at)
      order by user_id, minute
      on conflict (user_id, minute) do update set first_at = excluded.first_at where excluded.first_at < t.first_at`,
    carts.length > 0 &&
      tx`
      insert into funnel_carts (user_id, at)
      select user_id, at
      from unnest(
        ${values(carts.map(({ userId }) => userId))}::text::uuid[],
        ${timestamps(carts.map(({ atMs }) => atMs))}::text::timestamptz[]
      ) as added (user_id, at)
      order by user_id, at
      on conflict (user_id, at) do nothing`,
  ]);
};

/**
 * Finds how far the users came, each by a few looks into an index (`offset 0` keeps Postgres from reading whole tables by
 * a plan that was made while they were small), and removes the views and carts that no later
 * event can need: those before the ones that led to the purchase, and those that have `funnelStepsMax` newer ones. Who
 * has joined did not count before.
 */
const advance = async (
  tx: TransactionSql,
  before: readonly { user_id: string; viewed: Date | null }[],
  joinedIds: readonly string[],
): Promise<FunnelChange[]> => {
  const ids = [...before.map(({ user_id }) => user_id), ...joinedIds];
  const viewed = [...before.map((row) => row.viewed?.getTime() ?? null), ...joinedIds.map(() => null)];
  const counted = [...before.map(() => true), ...joinedIds.map(() => false)];
  const rows = await tx<FunnelRow[]>`
    with found as materialized (
      select touched.user_id, counted, old_viewed, viewed, carted as old_carted, bought as old_bought,
        bought_cart, first_view, first_cart,
        (select minute from funnel_views as v where v.user_id = touched.user_id and minute >= first_view
          and minute <= last_cart and first_at <= last_cart order by minute desc limit 1) as new_carted,
        (select minute from funnel_views as v where v.user_id = touched.user_id and minute >= first_view
          and minute <= bought_cart and first_at <= bought_cart order by minute desc limit 1) as new_bought
      from unnest(
        ${values(ids)}::text::uuid[], ${timestamps(viewed)}::text::timestamptz[], ${values(counted)}::text::boolean[]
      ) as touched (user_id, old_viewed, counted) cross join lateral (
          select viewed, carted, bought, last_cart, last_purchase from user_funnels
          where user_funnels.user_id = touched.user_id offset 0
        ) as f cross join lateral (
          select
            coalesce((select minute from funnel_views as v where v.user_id = touched.user_id
              order by minute desc offset ${funnelStepsMax - 1} limit 1), '-infinity') as first_view,
            coalesce((select at from funnel_carts as c where c.user_id = touched.user_id and last_cart is not null
              order by at desc offset ${funnelStepsMax - 1} limit 1), '-infinity') as first_cart
          offset 0
        ) as kept
        left join lateral (
          select at as bought_cart from funnel_carts as c where c.user_id = touched.user_id and at <= last_purchase
            and at >= first_cart
          order by at desc limit 1
        ) as carts on true
    ), stored as (
      insert into user_funnels (user_id, carted, bought)
      select user_id, new_carted, new_bought from found
      where new_carted is distinct from old_carted or new_bought is distinct from old_bought
      on conflict (user_id) do update set carted = excluded.carted, bought = excluded.bought
    ), views_removed as (
      delete from funnel_views where ctid = any(array(
        select v.row from found cross join lateral (
          select ctid as row from funnel_views as v
          where v.user_id = found.user_id and minute < greatest(new_bought, first_view) offset 0
        ) as v where greatest(new_bought, first_view) > '-infinity'))
    ), carts_removed as (
      delete from funnel_carts where ctid = any(array(
        select c.row from found cross join lateral (
          select ctid as row from funnel_carts as c
          where c.user_id = found.user_id and at < greatest(bought_cart, first_cart) offset 0
        ) as c where greatest(bought_cart, first_cart) > '-infinity'))
    )
    select step, minute, sum(change)::bigint as users
    from found cross join lateral (values
      ('view', old_viewed, -1), ('view', viewed, 1),
      ('add_to_cart', old_carted, -1), ('add_to_cart', new_carted, 1),
      ('purchase', old_bought, -1), ('purchase', new_bought, 1)
    ) as moves (step, minute, change)
    where minute is not null and (counted or change > 0)
      and (select state_version > 0 from users where users.user_id = found.user_id)
    group by step, minute
    having sum(change) <> 0`;
  return rows.map(toChange);
};

/** Deletes the steps of these users. Returns how the counts change by those of them who counted. */
export const eraseFunnels = async (
  tx: TransactionSql,
  userIds: readonly string[],
  countedIds: readonly string[],
): Promise<FunnelChange[]> => {
  const ids = values(userIds);
  const rows = await tx<FunnelRow[]>`
    with views as (
      delete from funnel_views where user_id = any(${ids}::text::uuid[])
    ), carts as (
      delete from funnel_carts where user_id = any(${ids}::text::uuid[])
    ), erased as (
      delete from user_funnels where user_id = any(${ids}::text::uuid[]) returning user_id, viewed, carted, bought
    )
    select step, minute, -count(*) as users
    from erased cross join lateral (
      values ('view', viewed), ('add_to_cart', carted), ('purchase', bought)
    ) as counted (step, minute)
    where minute is not null and user_id = any(${values(countedIds)}::text::uuid[])
    group by step, minute`;
  return rows.map(toChange);
};

interface FunnelRow {
  step: FunnelStep;
  minute: Date;
  users: number;
}

const toChange = ({ step, minute, users }: FunnelRow): FunnelChange => ({
  step,
  minuteMs: minute.getTime(),
  users,
});

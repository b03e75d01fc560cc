import { timestamps, values } from '@souk/service-kit/postgres/columns.ts';
import { constantFragment, type TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { bucketStart } from './bucket.ts';
import type { Rollup } from './rollup.ts';
import { shopStart } from './shop-time-zone.ts';

type OfUsers = Pick<Rollup, 'activeUsers' | 'steps'>;

/** Of larger batches nearly always something is new, and looking for the rest takes longer than it spares. */
const rowsMax = 100;

const day = constantFragment((sql) => shopStart(sql, 'day', sql`minute`));

/**
 * What a small batch adds to active users and funnels, without what changes nothing there: days on which its user is
 * known to be active, and views in a minute of which an earlier one is stored. Most of a session is such, and what would
 * be done about it takes a third of its transaction. A row that is found here may be removed meanwhile only by what makes
 * it count for nothing, with the repeat or without.
 */
export const withoutKnown = async (tx: TransactionSql, { activeUsers, steps }: OfUsers): Promise<OfUsers> => {
  const views = steps.filter(({ step }) => step === 'view');
  if (activeUsers.length + views.length === 0 || activeUsers.length + views.length > rowsMax)
    return { activeUsers, steps };
  const [known] = await tx<[{ days: number[]; views: number[] }]>`
    select
      array(
        select place::integer
        from unnest(
          ${values(activeUsers.map(({ userId }) => userId))}::text::uuid[],
          ${timestamps(activeUsers.map(({ minuteMs }) => minuteMs))}::text::timestamptz[]
        ) with ordinality as told (user_id, minute, place)
        where exists (
          select from active_users as a where a.user_id = told.user_id and period = 'day' and bucket = ${day(tx)})
      ) as days,
      array(
        select place::integer
        from unnest(
          ${values(views.map(({ userId }) => userId))}::text::uuid[],
          ${timestamps(views.map(({ atMs }) => bucketStart('minute', atMs)))}::text::timestamptz[],
          ${timestamps(views.map(({ atMs }) => atMs))}::text::timestamptz[]
        ) with ordinality as told (user_id, minute, at, place)
        where exists (
          select from funnel_views as v where v.user_id = told.user_id and v.minute = told.minute and first_at <= at)
      ) as views`;
  const [knownDays, knownViews] = [
    new Set(known.days),
    new Set(known.views.map((place) => views[place - 1])),
  ];
  return {
    activeUsers: activeUsers.filter((_, place) => !knownDays.has(place + 1)),
    steps: steps.filter((step) => !knownViews.has(step)),
  };
};

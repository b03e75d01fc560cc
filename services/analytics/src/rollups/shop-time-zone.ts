import type { Database, Fragment, Sql, TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { Granularity } from './bucket.ts';

/** The zone that the tables are made with, as an expression in SQL; null for UTC. */
const shopZone = (sql: Sql | TransactionSql): Fragment =>
  sql`(select nullif(zone, 'UTC') from shop_time_zone)`;

/** The start of the shop's day, week or month that holds a time, as an expression in SQL. */
export const shopStart = (
  sql: Sql | TransactionSql,
  unit: 'day' | 'week' | 'month' | Fragment,
  at: Fragment,
): Fragment => {
  const zone = sql`coalesce(${shopZone(sql)}, 'UTC')`;
  return localStart(sql, sql`date_trunc(${unit}, ${at} at time zone ${zone})`, zone);
};

/** The same for its day alone; null where the shop's days are those of UTC, which are kept anyway. */
export const ownDay = (sql: Sql | TransactionSql, at: Fragment): Fragment =>
  localStart(sql, sql`date_trunc('day', ${at} at time zone ${shopZone(sql)})`, shopZone(sql));

/** When a zone's clocks show a local time: the first time where they show it twice, the next moment where never. */
export const localStart = (sql: Sql | TransactionSql, local: Fragment, zone: Fragment): Fragment => sql`(
  select case when (start - interval '1 hour') at time zone ${zone} >= local then start - interval '1 hour' else start end
  from (select local, local at time zone ${zone} as start from (select ${local} as local offset 0) as locals offset 0)
    as starts
)`;

/** From when on the buckets of rollups are kept, in milliseconds since the epoch; null for always. */
export type KeptFromMs = Record<Granularity | 'shop_day', number | null>;

/** The name of the zone that the tables are made with, UTC while they are empty, and from when on they hold buckets. */
export const readShopZone = async (db: Database): Promise<{ shopZone: string; keptFromMs: KeptFromMs }> => {
  const [row] = await db.get(
    'shop_zone',
    (sql) => sql<[{ shopZone: string; keptFromMs: KeptFromMs }]>`
      select coalesce((select zone from shop_time_zone), 'UTC') as "shopZone",
        json_object_agg(granularity, case when isfinite(kept_from) then extract(epoch from kept_from) * 1000 end)
          as "keptFromMs"
      from rollup_retention`,
  );
  return row;
};

/**
 * Stores the zone that the tables are made with, if none is. Throws `shop_time_zone_changed` when another one is: what is
 * stored was counted by its days.
 */
export const ensureShopZone = (db: Database, zone: string): Promise<void> =>
  db.transaction('ensure_shop_zone', async (tx) => {
    await tx`
      insert into shop_time_zone (zone) select ${zone}::text where now() at time zone ${zone} is not null
      on conflict do nothing`;
    const [stored] = await tx<{ zone: string }[]>`select zone from shop_time_zone`;
    if (stored && stored.zone !== zone) throw changed(stored.zone, zone);
  });

const changed = (stored: string, given: string) =>
  Object.assign(
    new Error(
      `everything was counted by the days of ${stored}, and SHOP_TIMEZONE is ${given}: go back to that zone, or build ` +
        'everything again with `souk rebuild analytics`',
    ),
    { code: 'shop_time_zone_changed' },
  );

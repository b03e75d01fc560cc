import type { Database } from '@souk/service-kit/postgres/database.ts';
import { ownCurrency } from '../rollups/own-currency.ts';
import { inMs } from './bucket-in.ts';
import { type Money, moneyByCurrency } from './revenue.ts';
import type { Series } from './series.ts';
import { typesMax } from './summary-repository.ts';

export const activeGranularities = ['day', 'week', 'month'] as const;
export type ActiveGranularity = (typeof activeGranularities)[number];

/** How many favourite products of a user are told. */
export const favouritesMax = 10;

export interface UserActivity {
  events: Record<string, number>;
  events_total: number;
  first_seen: Date | null;
  last_seen: Date | null;
  money: Money;
  /** The shop's own. */
  currency: string;
}

export interface FavouriteProduct {
  product_id: string;
  name: string | null;
  interactions: number;
  purchases: number;
}

export type UserRepository = ReturnType<typeof userRepository>;

export const userRepository = (db: Database, shopCurrency?: string) => ({
  /**
   * The starts of the buckets of a series that are not empty, in milliseconds since the epoch, and their distinct active
   * users; ids of orders that are no users do not count.
   */
  active: async ({ granularity, from, to }: Series<ActiveGranularity>) => {
    const [row] = await db.getAll(
      'active_users',
      (sql) => sql<[{ columns: [startsMs: number[], users: number[]] }]>`
      select json_build_array(coalesce(array_agg(${inMs(sql, 'bucket')}), '{}'), coalesce(array_agg(users), '{}')) as columns
      from active_user_counts
      where granularity = ${granularity} and bucket >= ${from} and bucket < ${to}`,
    );
    return row.columns;
  },

  /** What a user did, zeros when nothing; undefined when the user is unknown or deleted. */
  activity: async (userId: string): Promise<UserActivity | undefined> => {
    const [row] = await db.get(
      'user_activity',
      (sql) => sql<UserActivity[]>`
      with seen as (
        select type, count, first_seen, last_seen from user_activity where user_id = ${userId}
      )
      select
        (select coalesce(json_object_agg(type, count order by count desc, type), '{}')
          from (select type, count from seen order by count desc, type limit ${typesMax}) as top) as events,
        (select coalesce(sum(count), 0)::bigint from seen) as events_total,
        (select min(first_seen) from seen) as first_seen,
        (select max(last_seen) from seen) as last_seen,
        (select ${moneyByCurrency(sql)} from user_revenue where user_id = ${userId}) as money,
        ${ownCurrency(sql, shopCurrency)} as currency
      from users
      where user_id = ${userId} and state_version > 0 and not deleted`,
    );
    return row;
  },

  /** The products a user dealt with most: most purchases first, then most interactions of any type. */
  favourites: (userId: string): Promise<FavouriteProduct[]> =>
    db.getAll(
      'favourite_products',
      (sql) => sql<FavouriteProduct[]>`
      select product_id, name, interactions, purchases
      from (
        select product_id, interactions, purchases from user_products where user_id = ${userId}
        order by purchases desc, interactions desc, product_id
        limit ${favouritesMax}
      ) as favourites left join products using (product_id)
      order by purchases desc, interactions desc, product_id`,
    ),
});

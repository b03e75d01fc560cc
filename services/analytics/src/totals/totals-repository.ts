import type { Database } from '@souk/service-kit/postgres/database.ts';
import { ownCurrency } from '../rollups/own-currency.ts';

/** A closed set: clients choose types as they like, and a metric's label must not grow with them. */
const namedTypes = ['view', 'like', 'add_to_cart', 'purchase'];

export interface Totals {
  /** Users that ever registered, deleted ones included. */
  registrations: number;
  purchases: number;
  units: number;
  revenue_minor: number;
  /** The types that weigh in recommendations, and `other`; each is there, with 0 as well. */
  activity: { type: string; count: number }[];
}

/** Everything since the beginning, kept since the beginning. */
export const readTotals = async (db: Database, shopCurrency?: string): Promise<Totals> => {
  const [row] = await db.get(
    'shop_totals',
    (sql) => sql<[Totals]>`
    with counted as (
      select case when type = any(${namedTypes}::text[]) then type else 'other' end as type, sum(count)::bigint as count
      from activity_rollups
      where granularity = 'all'
      group by 1
    )
    select coalesce((select ever from entity_counts where entity = 'user'), 0) as registrations,
      coalesce(sum(purchases), 0)::bigint as purchases,
      coalesce(sum(units), 0)::bigint as units,
      coalesce(sum(gross_minor) filter (where currency = ${ownCurrency(sql, shopCurrency)}), 0)::float8 as revenue_minor,
      (select json_agg(json_build_object('type', named.type, 'count', coalesce(counted.count, 0)))
        from unnest(${[...namedTypes, 'other']}::text[]) as named (type) left join counted using (type)) as activity
    from sales_rollups
    where granularity = 'all'`,
  );
  return row;
};

import type { Database, Fragment, Sql } from '@souk/service-kit/postgres/database.ts';
import { ownCurrency } from '../rollups/own-currency.ts';
import { type Money, moneyByCurrency } from './revenue.ts';
import { latest, type TimeRange } from './window.ts';
import { within } from './within.ts';

/** The most activity types that one answer tells apart, the most frequent first. Totals count all. */
export const typesMax = 100;

/** What happened in a time range. */
export interface Happened {
  events: Record<string, number>;
  events_total: number;
  purchases: number;
  units: number;
  returned_units: number;
  money: Money;
}

export interface SummaryRow extends Happened {
  /** The shop's own. */
  currency: string;
  users: number;
  products: number;
  active_users: number;
}

export type SummaryRepository = ReturnType<typeof summaryRepository>;

export const summaryRepository = (db: Database, shopCurrency?: string) => ({
  /**
   * What happened in a time range that ends now, in one statement and so at one moment. Active is whose newest
   * activity is at or after its beginning: right for a time range that ends now.
   */
  read: async (timeRange: TimeRange): Promise<SummaryRow> => {
    const [row] = await db.get(
      'summary',
      (sql) => sql<[SummaryRow]>`
      select happened.*,
        coalesce((select present from entity_counts where entity = 'user'), 0) as users,
        coalesce((select present from entity_counts where entity = 'product'), 0) as products,
        ${ownCurrency(sql, shopCurrency)} as currency,
        (select coalesce(sum(users), 0)::bigint from last_active_counts
          where ${within(sql, { from: timeRange.from, to: latest })}) as active_users
      from (${happened(sql, timeRange)}) as happened`,
    );
    return row;
  },

  happened: async (timeRange: TimeRange): Promise<Happened> => {
    const [row] = await db.get('happened', (sql) => sql<[Happened]>`${happened(sql, timeRange)}`);
    return row;
  },
});

const happened = (sql: Sql, timeRange: TimeRange): Fragment => sql`
  with counted as (
    select type, sum(count)::bigint as count from activity_rollups where ${within(sql, timeRange)} group by type
  )
  select
    (select coalesce(json_object_agg(type, count order by count desc, type), '{}')
      from (select type, count from counted order by count desc, type limit ${typesMax}) as top) as events,
    (select coalesce(sum(count), 0)::bigint from counted) as events_total,
    coalesce(sum(purchases), 0)::bigint as purchases, coalesce(sum(units), 0)::bigint as units,
    coalesce(sum(returned_units), 0)::bigint as returned_units, ${moneyByCurrency(sql)} as money
  from (
    select currency, sum(purchases) as purchases, sum(units) as units, sum(returned_units) as returned_units,
      sum(gross_minor) as gross_minor, sum(refunded_minor) as refunded_minor
    from sales_rollups where ${within(sql, timeRange)} group by currency
  ) as by_currency`;

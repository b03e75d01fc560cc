import type { Fragment, Sql, TransactionSql } from '@souk/service-kit/postgres/database.ts';

/** What amounts are in that name no currency, unless the shop has chosen its own. */
export const defaultCurrency = 'USD';

/** The shop's own currency: the chosen one, or else that of most purchases so far. An expression in SQL. */
export const ownCurrency = (sql: Sql | TransactionSql, chosen: string | undefined): Fragment =>
  chosen === undefined
    ? sql`coalesce((
        select currency from sales_rollups where granularity = 'all' order by purchases desc, currency limit 1
      ), ${defaultCurrency})`
    : sql`${chosen}::text`;

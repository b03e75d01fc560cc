import type { Sql, TransactionSql } from '@souk/service-kit/postgres/database.ts';

// What is summed for products, wherever it is: in changes, rollups and windows.

export const figures = (sql: Sql | TransactionSql) =>
  sql`views, likes, carts, purchases, units, returned_units, gross_minor, refunded_minor`;

export const sums = (sql: Sql | TransactionSql) => sql`
  sum(views)::bigint as views, sum(likes)::bigint as likes, sum(carts)::bigint as carts,
  sum(purchases)::bigint as purchases, sum(units)::bigint as units, sum(returned_units)::bigint as returned_units,
  sum(gross_minor) as gross_minor, sum(refunded_minor) as refunded_minor`;

/** For an upsert as `t`: each with what is added to it. */
export const sumsAdded = (tx: TransactionSql) => tx`
  views = t.views + excluded.views, likes = t.likes + excluded.likes, carts = t.carts + excluded.carts,
  purchases = t.purchases + excluded.purchases, units = t.units + excluded.units,
  returned_units = t.returned_units + excluded.returned_units,
  gross_minor = t.gross_minor + excluded.gross_minor, refunded_minor = t.refunded_minor + excluded.refunded_minor`;

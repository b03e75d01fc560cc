import { texts, timestamps, values } from '@souk/service-kit/postgres/columns.ts';
import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { ProductRow } from './rollup.ts';

/**
 * Keeps what a batch adds to products until fold-products.ts adds it to their figures: partitions that meet in the
 * same products append side by side, and many batches are one update.
 */
export const appendProductChanges = async (
  tx: TransactionSql,
  rows: readonly ProductRow[],
): Promise<void> => {
  await tx`
    insert into product_changes (bucket, product_id, currency, views, likes, carts, purchases, units, returned_units,
      gross_minor, refunded_minor)
    select bucket, product_id, currency, views, likes, carts, purchases, units, returned_units, gross_minor,
      refunded_minor
    from unnest(
      ${timestamps(rows.map(({ minuteMs }) => minuteMs))}::text::timestamptz[],
      ${values(rows.map(({ productId }) => productId))}::text::uuid[],
      ${texts(rows.map(({ currency }) => currency))}::text::text[],
      ${values(rows.map(({ views }) => views))}::text::bigint[],
      ${values(rows.map(({ likes }) => likes))}::text::bigint[],
      ${values(rows.map(({ carts }) => carts))}::text::bigint[],
      ${values(rows.map(({ purchases }) => purchases))}::text::bigint[],
      ${values(rows.map(({ units }) => units))}::text::bigint[],
      ${values(rows.map(({ returnedUnits }) => returnedUnits))}::text::bigint[],
      ${values(rows.map(({ grossMinor }) => grossMinor))}::text::numeric[],
      ${values(rows.map(({ refundedMinor }) => refundedMinor))}::text::numeric[]
    ) as added (bucket, product_id, currency, views, likes, carts, purchases, units, returned_units, gross_minor,
      refunded_minor)`;
};

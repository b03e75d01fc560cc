import type { Database } from '@souk/service-kit/postgres/database.ts';
import type { PeriodicTask } from '@souk/service-kit/service/periodic-task.ts';
import { lockProducts } from './fold-products.ts';

const intervalMs = 3_600_000;
const batchMax = 1_000;

/** Removes once an hour what `removeUnknownProducts` finds. Several replicas share the work. */
export const unknownProductsRemoval = (db: Database, keptDays: number): PeriodicTask => ({
  name: 'remove unknown products',
  intervalMs,
  run: async () => {
    while ((await removeUnknownProducts(db, keptDays)) === batchMax);
  },
});

/**
 * Anybody who records activity can make up product ids, and each has rows in every bucket. Removes the figures of
 * products that activity named first more than `keptDays` days ago and that the catalogue has not named since, at
 * most 1,000 of them. The totals of the shop stay. Returns how many products were looked at.
 */
export const removeUnknownProducts = (db: Database, keptDays: number): Promise<number> =>
  db.transaction('remove_unknown_products', async (tx) => {
    await lockProducts(tx, { wait: true });
    const expired = await tx<{ product_id: string; known: boolean }[]>`
      delete from unknown_products as noted where product_id in (
        select product_id from unknown_products where first_seen < now() - make_interval(days => ${keptDays})
        order by first_seen limit ${batchMax} for update skip locked
      )
      returning product_id, exists (select from products where products.product_id = noted.product_id) as known`;
    const ids = expired.filter(({ known }) => !known).map(({ product_id }) => product_id);
    if (ids.length > 0) {
      await tx`delete from product_rollups where product_id = any(${ids}::uuid[])`;
      await tx`delete from product_windows where product_id = any(${ids}::uuid[])`;
      await tx`delete from user_products where product_id = any(${ids}::uuid[])`;
      await tx`update product_rankings set stale = true where product_ids && ${ids}::uuid[]`;
    }
    return expired.length;
  });

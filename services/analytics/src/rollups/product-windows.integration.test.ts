import { expect, test } from 'vitest';
import { analyticsDatabase } from '../testing/analytics-database.ts';
import { moveWindows } from './product-windows.ts';

test('windows that move read what enters and leaves, not every rollup', async () => {
  const { db, windowsUntil, drop } = await analyticsDatabase();
  try {
    await db.sql`
      insert into product_rollups (granularity, product_id, bucket, currency, views, likes, carts, purchases, units,
        returned_units, gross_minor, refunded_minor)
      select granularity, uuidv7(), date_trunc(granularity::text, timestamptz '2026-03-18 09:00Z' - n % 2880 * interval '1 minute', 'UTC'),
        '', 1, 0, 0, 0, 0, 0, 0, 0
      from generate_series(1, 20000) as n cross join unnest(array['minute', 'hour', 'day']::rollup_granularity[]) as granularity`;
    await windowsUntil(new Date('2026-03-18T09:00:00Z'));
    const read = await db.transaction('test', async (tx) => {
      expect(await moveWindows(tx, new Date('2026-03-18T09:01:00Z'))).toBe(true);
      const [row] = await tx<[{ rows: number }]>`
        select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint as rows from pg_stat_xact_user_tables
        where relname like 'product_rollups%'`;
      return row.rows;
    });
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(1_000);
  } finally {
    await drop();
  }
});

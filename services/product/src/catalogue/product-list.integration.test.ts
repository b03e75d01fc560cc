import { blocksRead } from '@souk/service-kit/testing/blocks-read.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { orderSearch } from '../orders/order-search.ts';
import { testCatalogue } from '../testing/test-catalogue.ts';
import { type ProductFilter, productSearch, productSorts } from './product-search.ts';

const catalogue = await testCatalogue();
afterAll(() => catalogue.close());
beforeAll(async () => {
  const { sql } = catalogue.db;
  // All of 'cheap' costs less and comes earlier in the alphabet than everything else.
  await sql`
    insert into products (id, sku, name, category, price_minor, currency, version, created_at, updated_at)
    select gen_random_uuid(), 'S' || step, case when step % 10 = 0 then 'A' else 'B' end || step,
      case when step % 10 = 0 then 'cheap' when step = 1 then 'rare' else 'dear' end,
      case when step % 10 = 0 then step else 1000000 + step end, 'USD', 1,
      '2026-01-01'::timestamptz + step * interval '1 minute', now()
    from generate_series(1, 40000) as step`;
  await sql`
    insert into orders (order_uid, customer_id, track_number, status, version, backordered, amount, currency,
      item_count, date_created, placed_at, received_at, updated_at, digest, document)
    select 'o' || step, case when step % 2 = 0 then 'big' else 'c' || step end, 't',
      case when step = 3 then 'cancelled' when step % 2 = 0 then 'paid' else 'created' end, 1, false, 1, 'USD', 1,
      at, at, at, at, '', '{}'
    from generate_series(1, 40000) as step, lateral (select '2026-01-01'::timestamptz + step * interval '1 minute') as times (at)`;
  await sql`vacuum analyze products`;
  await sql`vacuum analyze orders`;
});

describe('a list of 40,000 products', () => {
  const filters: ProductFilter[] = [
    {},
    { category: 'cheap' },
    { category: 'dear' },
    { category: 'rare' },
    { category: 'none' },
    { sku: 'S7' },
  ];

  test.each(filters)('by %o looks at a few blocks, in every order', async (filter) => {
    for (const sort of productSorts) {
      const start = { limit: 10, offset: 0, page: 1 };
      const list = () => blocksRead(catalogue.db.sql, (db) => productSearch(db)(filter, sort, start));
      expect([sort, (await list()) < 100]).toEqual([sort, true]);
    }
  });

  test('counts to 10,000, and says when there are more', async () => {
    const totals = async (query: string) => {
      const { total, total_is_exact } = (await catalogue.send('GET', `/products?${query}`)).body;
      return { total, total_is_exact };
    };
    expect(await totals('')).toEqual({ total: 10_000, total_is_exact: false });
    expect(await totals('category=cheap')).toEqual({ total: 4_000, total_is_exact: true });
  });
});

test.each([
  {},
  { status: 'cancelled' },
  { status: 'shipped' },
  { customerId: 'big' },
  { customerId: 'c7' },
] as const)('a list of 40,000 orders by %o looks at a few blocks', async (filter) => {
  const list = () => blocksRead(catalogue.db.sql, (db) => orderSearch(db).list(filter, { limit: 10 }));
  expect(await list()).toBeLessThan(30);
});

import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recommenderOf } from '../recommendation-http.ts';
import { normalise } from '../recommendations/recommendation-query.ts';
import { publisher } from '../testing/events.ts';
import { type Projected, testProjected, testScoring } from '../testing/projected.ts';

const own = { ...testScoring, interactionsMax: 8, repeatsMax: 2 };
const weights = new Map([
  ['view', 4],
  ['add_to_cart', 1],
  ['like', 0.5],
  ['purchase', 2],
]);
const other = { ...own, weights, halfLifeMs: 86_400_000 };

/** One service with the scores of both settings, and one that is set to the other. */
let both: Projected;
let alone: Projected;
beforeAll(async () => {
  both = await testProjected({ scoring: { ...own, other } });
  alone = await testProjected({ scoring: other });
});
afterAll(async () => {
  await both?.close();
  await alone?.close();
});

const id = (kind: string, n: number) => `0198c1de-3b00-7000-8000-${kind}${String(n).padStart(11, '0')}`;
const products = [0, 1, 2, 3, 4].map((n) => id('a', n));
const happening = fc.record({
  what: fc.constantFrom('view', 'add_to_cart', 'like', 'order', 'returned order', 'deleted'),
  user: fc.integer({ min: 1, max: 3 }),
  product_id: fc.constantFrom(...products.slice(0, 4)),
  occurred_at: fc
    .integer({ min: 0, max: 30 * 24 })
    .map((hour) => new Date(Date.UTC(2026, 2) + hour * 3_600_000).toISOString()),
});

const messagesOf = (happenings: readonly (typeof happening extends fc.Arbitrary<infer T> ? T : never)[]) => {
  const publish = publisher();
  const catalogue = products.map((product_id, n) =>
    publish.product({ product_id, category: n % 2 ? 'Tea' : 'Floor' }),
  );
  const told = happenings.flatMap(({ what, user, product_id, occurred_at }, index): ReceivedMessage[] => {
    const user_id = id('b', user);
    // Only now and then, or little is left.
    if (what === 'deleted') return index % 8 === 0 ? [publish.userDeleted(user_id, 2)] : [];
    if (!what.endsWith('order')) return [publish.activity({ user_id, product_id, type: what, occurred_at })];
    const line = { user_id, product_id, occurred_at, order_uid: `order-${index}` };
    const back = { ...line, remaining_quantity: 0, purchased_at: occurred_at };
    return [publish.purchase(line), ...(what === 'order' ? [] : [publish.returned(back)])];
  });
  return [...catalogue, ...told];
};

test('whatever happens, the scores of the other setting, and the answers by them, are those of a service that is set so', async () => {
  const history = fc.array(happening, { minLength: 5, maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(history, fc.integer({ min: 1, max: 20 }), async (happenings, size) => {
      const messages = messagesOf(happenings);
      await Promise.all([both.clear(), alone.clear()]);
      for (let at = 0; at < messages.length; at += size) await both.apply(messages.slice(at, at + size));
      await alone.apply(messages);

      const stored = await both.db.sql`
        select product_id, other_weight as weight, other_log_weight as log_weight, other_trend as trend
        from products order by product_id`;
      expect([...stored]).toEqual([
        ...(await alone.db
          .sql`select product_id, weight, log_weight, trend from products order by product_id`),
      ]);

      const now = new Date(Date.UTC(2026, 3));
      const [here, there] = [
        recommenderOf(both.db, { ...other, isOther: true }),
        recommenderOf(alone.db, other),
      ];
      for (const asked of [
        { strategy: 'popular' as const },
        { strategy: 'trending' as const, limit: 2 },
        { strategy: 'popular' as const, category: 'Tea', exclude: [products[1] as string] },
        { strategy: 'trending' as const, category: 'Floor' },
        { strategy: 'personal' as const, user_id: id('b', 1) },
        { strategy: 'similar' as const, product_id: products[0] as string },
      ])
        expect(await here.recommend(normalise(asked), now), asked.strategy).toEqual(
          await there.recommend(normalise(asked), now),
        );
    }),
    { numRuns: 20 },
  );
});

test('without another setting nothing of it is stored', async () => {
  await alone.clear();
  await alone.apply(messagesOf([]));
  await alone.apply([publisher().activity({ product_id: products[0] as string })]);
  const [row] = await alone.db.sql`
    select count(*)::int as count from products where other_log_weight is not null or other_weight > 0`;
  expect(row?.count).toBe(0);
});

test('the answers by the other setting read the start of an index, however many products there are', async () => {
  await both.clear();
  const publish = publisher();
  const many = Array.from({ length: 2_000 }, (_, n) => id('c', n));
  await both.apply(many.map((product_id) => publish.product({ product_id, category: 'Tea' })));
  await both.apply(many.map((product_id) => publish.activity({ product_id })));
  await both.db.sql`analyze products`;
  const recommender = recommenderOf(both.db, { ...other, isOther: true });
  const read = async () => {
    // Also of the connection that writes: what it has read until now would come between.
    await both.db.sql`select pg_stat_force_next_flush()`;
    await both.db.get('report', (sql) => sql`select pg_stat_force_next_flush()`);
    const [row] = await both.db.sql<[{ entries: number }]>`
      select sum(idx_tup_read)::int as entries from pg_stat_user_indexes where relname = 'products'`;
    return row.entries;
  };
  const before = await read();
  for (const strategy of ['popular', 'trending'] as const)
    for (const category of [undefined, 'Tea'])
      expect(
        await recommender.recommend(normalise({ strategy, ...(category && { category }) }), new Date()),
      ).toHaveLength(10);
  expect((await read()) - before).toBeLessThan(200);
});

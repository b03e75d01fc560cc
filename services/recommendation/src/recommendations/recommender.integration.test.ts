import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { recommenderOf } from '../recommendation-http.ts';
import { publisher } from '../testing/events.ts';
import { type Projected, testProjected, testScoring } from '../testing/projected.ts';
import type { Ranked } from './recommendation.ts';
import { normalise, normaliseBasket } from './recommendation-query.ts';
import type { Recommender } from './recommender.ts';

const id = (kind: string, n: number) => `0198c1de-3b00-7000-8000-${kind}${String(n).padStart(11, '0')}`;
const product = (n: number) => id('a', n);
const [mug, pot, cup, rug, mat, sold] = [1, 2, 3, 4, 5, 6].map(product) as [
  ...[string, string, string, string, string, string],
];
const ada = id('b', 0);

let projected: Projected;
let recommender: Recommender;
beforeAll(async () => {
  projected = await testProjected();
  recommender = recommenderOf(projected.db, testScoring);
});
afterAll(() => projected.close());

const publish = publisher();
/** Five tea drinkers of mug, pot, cup and what is sold out; three who have rug and mat. */
beforeEach(async () => {
  await projected.clear();
  await projected.apply([
    ...[mug, pot, cup].map((product_id) => publish.product({ product_id, category: 'Tea' })),
    ...[rug, mat].map((product_id) => publish.product({ product_id, category: 'Floor' })),
    publish.product({ product_id: sold, category: 'Tea', stock: 0 }),
    ...[1, 2, 3, 4, 5].flatMap((user) => seen(id('b', user), mug, pot, sold)),
    ...[1, 2, 3].flatMap((user) => seen(id('b', user), cup)),
    ...[6, 7, 8].flatMap((user) => seen(id('b', user), rug, mat)),
  ]);
});

const seen = (user_id: string, ...products: string[]) =>
  products.map((product_id) => publish.activity({ user_id, product_id }));
const ids = (ranked: Ranked[]) => ranked.map(({ row }) => row.product_id);
const ask = (asked: Parameters<typeof normalise>[0]) => recommender.recommend(normalise(asked), new Date());
const askFor = (items: string[], more: object = {}) =>
  recommender.forBasket(
    normaliseBasket({ items: items.map((product_id) => ({ product_id })), ...more }),
    new Date(),
  );

describe('personal', () => {
  test('shows what shoppers of the same products were at, and because of which', async () => {
    await projected.apply(seen(ada, mug));
    const [first, second, ...others] = await ask({ user_id: ada, limit: 4 });
    expect(first).toMatchObject({ row: { product_id: pot }, reason: 'personal', because: [mug] });
    expect(second).toMatchObject({ row: { product_id: cup }, reason: 'personal', because: [mug] });
    expect(others.map(({ reason }) => reason)).toEqual(['category', 'popular']);
  });

  test('follows the newest interaction', async () => {
    await projected.apply(seen(ada, mug));
    expect(ids(await ask({ user_id: ada, limit: 1 }))).toEqual([pot]);
    await projected.apply(seen(ada, rug));
    expect(ids(await ask({ user_id: ada, limit: 2 }))).toContain(mat);
  });

  test('leaves out what was bought, and shows it when asked to', async () => {
    await projected.apply([publish.activity({ user_id: ada, product_id: mug, type: 'purchase' })]);
    const everything = { user_id: ada, limit: 100 };
    expect(ids(await ask(everything))).not.toContain(mug);
    expect(ids(await ask({ ...everything, bought: 'include' }))).toContain(mug);
  });

  test('shows first what the shopper has again and again, when it may be shown', async () => {
    const bob = id('b', 9);
    const buys = (user_id: string, day: number) =>
      [mug, rug].map((product_id) =>
        publish.activity({
          ...{ user_id, product_id, type: 'purchase' },
          occurred_at: `2026-03-0${day}T09:00:00.000Z`,
        }),
      );
    await projected.apply([...[1, 2, 3].flatMap((day) => buys(ada, day)), ...buys(bob, 3)]);
    const firstTwo = async (user_id: string) => ids(await ask({ user_id, limit: 2, bought: 'include' }));
    expect(new Set(await firstTwo(ada))).toEqual(new Set([mug, rug]));
    expect(await firstTwo(bob)).not.toContain(rug);
  });

  test('without a history shows what is trending', async () => {
    expect(ids(await ask({ user_id: ada }))).toEqual(ids(await ask({ strategy: 'trending' })));
  });

  test('with too little of its own goes on with the categories seen, then with all', async () => {
    const alone = product(9);
    await projected.apply([publish.product({ product_id: alone, category: 'Floor' }), ...seen(ada, alone)]);
    const answer = await ask({ user_id: ada, limit: 4 });
    expect(answer.map(({ reason }) => reason)).toEqual(['category', 'category', 'category', 'popular']);
  });

  test('no longer follows from the history of a deleted user', async () => {
    await projected.apply([
      ...seen(ada, mug),
      ...[1, 2, 3].map((user) => publish.userDeleted(id('b', user), 2)),
    ]);
    const personal = (await ask({ user_id: ada })).filter(({ reason }) => reason === 'personal');
    expect(ids(personal)).toEqual([pot]);
    await projected.apply([publish.userDeleted(ada, 2)]);
    expect((await ask({ user_id: ada })).map(({ reason }) => reason)).not.toContain('personal');
  });
});

describe('similar', () => {
  test('shows what the same shoppers were at, most alike first', async () => {
    const answer = await ask({ strategy: 'similar', product_id: mug, limit: 2 });
    expect(answer).toMatchObject([
      { row: { product_id: pot }, reason: 'similar', because: [mug] },
      { row: { product_id: cup }, reason: 'similar', because: [mug] },
    ]);
  });

  test('goes on with its category, and never shows the product itself', async () => {
    const answer = await ask({ strategy: 'similar', product_id: cup, limit: 100 });
    expect(ids(answer).toSorted()).toEqual([mug, pot, rug, mat].toSorted());
  });
});

describe('a basket', () => {
  test('is answered without a user, and shows none of its products', async () => {
    const answer = await askFor([mug, cup], { limit: 2 });
    expect(answer[0]).toMatchObject({ row: { product_id: pot }, reason: 'basket' });
    expect(answer[0]?.because?.toSorted()).toEqual([mug, cup].toSorted());
    expect(ids(answer)).not.toContain(mug);
  });

  test('of products that nobody knows shows what is popular', async () => {
    const answer = await askFor([product(99)]);
    expect(answer.map(({ reason }) => reason)).toEqual(Array(5).fill('popular'));
  });
});

describe('an explanation', () => {
  test('gives the parts of a score that add up to it, for a user and for a basket', async () => {
    await projected.apply(seen(ada, mug, cup));
    const [item] = await ask({ user_id: ada, limit: 1 });
    const explained = await recommender.explain({ userId: ada }, pot, new Date());
    expect(explained).toMatchObject({
      product_id: pot,
      neighbours: 5,
      voters: 5,
      shoppers: 5,
      available: true,
    });
    expect(explained.score).toBeCloseTo(item?.score as number, 9);
    expect(explained.parts.map(({ product_id }) => product_id).toSorted()).toEqual([mug, cup].toSorted());
    expect(explained).toMatchObject({ popularity: 5, trending: expect.closeTo(5, 2) });

    const basket = await askFor([cup, mug], { limit: 1 });
    const ofBasket = await recommender.explain(
      { items: [{ productId: cup }, { productId: mug }] },
      pot,
      new Date(),
    );
    expect(ofBasket.score).toBeCloseTo(basket[0]?.score as number, 9);
  });

  test('of what nobody knows is that nothing speaks for it', async () => {
    expect(await recommender.explain({ userId: ada }, product(99), new Date())).toMatchObject({
      ...{ score: 0, voters: 0, shoppers: 0, parts: [], popularity: 0, trending: 0, available: false },
    });
  });
});

describe('no page', () => {
  test('shows a product twice, or one that is sold out or excluded, or of another category', async () => {
    await projected.apply(seen(ada, mug, rug));
    for (const asked of [
      { user_id: ada },
      { strategy: 'similar' as const, product_id: mug },
      { strategy: 'trending' as const },
      {},
    ]) {
      const all = ids(await ask({ ...asked, limit: 100 }));
      expect(new Set(all).size).toBe(all.length);
      expect(all).not.toContain(sold);
      expect(ids(await ask({ ...asked, limit: 100, exclude: [pot] }))).not.toContain(pot);
      const tea = ids(await ask({ ...asked, category: 'Tea', limit: 100 }));
      expect(tea.filter((one) => one === rug || one === mat)).toEqual([]);
    }
  });

  test('is empty while the shop has products, not even for a user who bought them all', async () => {
    await projected.apply(
      [mug, pot, cup, rug, mat].map((product_id) =>
        publish.activity({ user_id: ada, product_id, type: 'purchase' }),
      ),
    );
    expect(await ask({ user_id: ada })).toHaveLength(5);
    expect(await askFor([mug, pot, cup, rug, mat])).toHaveLength(5);
  });
});

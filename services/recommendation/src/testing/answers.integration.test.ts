import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultNeighbourhood, type NeighbourhoodSettings } from '../neighbours/neighbourhood.ts';
import { recommenderOf } from '../recommendation-http.ts';
import type { Ranked } from '../recommendations/recommendation.ts';
import type { BasketQuery, RecommendationQuery } from '../recommendations/recommendation-query.ts';
import type { Recommender } from '../recommendations/recommender.ts';
import { type ExpectedItem, expectedAnswers } from './answer-oracle.ts';
import { happening, play, products, users } from './happenings.ts';
import type { Happened } from './oracle.ts';
import { type Projected, testProjected, testScoring } from './projected.ts';

/** Small caps, so that they are met. */
const scoring = { ...testScoring, interactionsMax: 12, repeatsMax: 2 };
const smallNeighbourhood: NeighbourhoodSettings = {
  ...defaultNeighbourhood,
  ...{ sessionItemsMax: 3, shoppersPerItemMax: 3, neighboursMax: 3, similarShoppersMax: 3, candidatesMax: 3 },
};
/** Sessions of up to all products, with so few shoppers that it matters how many are looked at for the older ones. */
const longSessions: NeighbourhoodSettings = {
  ...defaultNeighbourhood,
  shoppersPerItemMax: 4,
  neighboursMax: 5,
};
/** Also when all scores are too small for a number, or too large. */
const anyTime = fc.constantFrom(
  ...['2026-03-01', '2026-03-09', '2100-01-01', '1970-01-01'].map((day) => new Date(day)),
);

let projected: Projected;
let recommenders: { near: NeighbourhoodSettings; recommender: Recommender }[];
beforeAll(async () => {
  projected = await testProjected({ scoring });
  recommenders = [smallNeighbourhood, longSessions, defaultNeighbourhood].map((near) => ({
    near,
    recommender: recommenderOf(projected.db, { ...scoring, neighbourhood: near }),
  }));
});
afterAll(() => projected.close());

const unknown = '0198c1de-3b00-7000-8000-0000000000ff';
const anyProduct = fc.constantFrom(...products, unknown);
const list = {
  limit: fc.constantFrom(1, 2, 3, 5, 100),
  category: fc.option(fc.constantFrom('Home', 'Garden', 'Attic'), { nil: undefined, freq: 3 }),
  exclude: fc.uniqueArray(anyProduct, { maxLength: 8 }),
};
const asked = <T>({ category, ...rest }: T & { category: string | undefined }) => ({
  ...rest,
  ...(category === undefined ? {} : { category }),
});

const question: fc.Arbitrary<RecommendationQuery> = fc
  .record({
    ...list,
    strategy: fc.constantFrom(
      'popular',
      'trending',
      'similar',
      'similar',
      'personal',
      'personal',
      'personal',
    ),
    userId: fc.constantFrom(...users, unknown),
    productId: anyProduct,
    bought: fc.boolean(),
  })
  .map(asked);

const basket: fc.Arbitrary<BasketQuery> = fc
  .record({
    ...list,
    items: fc.array(
      fc
        .record({
          productId: anyProduct,
          atMs: fc.option(fc.constantFrom(1, 2, 9), { nil: undefined, freq: 2 }),
        })
        .map(({ productId, atMs }) => ({ productId, ...(atMs === undefined ? {} : { atMs }) })),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(asked);

test('every answer is the one that follows from the bare facts, and none is empty while there is something to show', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { minLength: 20, maxLength: 90, size: 'max' }),
      fc.array(fc.oneof({ weight: 3, arbitrary: question }, { weight: 1, arbitrary: basket }), {
        minLength: 12,
        maxLength: 12,
      }),
      anyTime,
      async (happenings, queries, now) => {
        await projected.clear();
        const { log, happened } = play(happenings);
        await projected.apply(log);
        for (const { near, recommender } of recommenders) {
          const expected = expectedAnswers(happened, scoring, near, now);
          for (const query of queries) {
            const answer =
              'items' in query
                ? [await recommender.forBasket(query, now), expected.forBasket(query)]
                : [await recommender.recommend(query, now), expected.recommend(query)];
            const [found, right] = answer as [Ranked[], ExpectedItem[]];
            expect(found.map(itemOf), JSON.stringify(query)).toEqual(right.map(nearly));
            expect(found.length > 0, JSON.stringify(query)).toBe(leavesSomething(query, happened));
          }
        }
      },
    ),
    { numRuns: 25, ...notTooLong },
  );
});

/** Ends the search for the smallest failure before the test ends; on a slow machine fewer are tried. */
const notTooLong = { interruptAfterTimeLimit: 60_000 };

const itemOf = ({ row, score, reason, because }: Ranked) => ({
  product_id: row.product_id,
  score,
  reason,
  ...(because && { because }),
});

/** The score to a relative 1e-9. */
const nearly = (item: ExpectedItem) => ({
  ...item,
  score: expect.toSatisfy((score: number) => Math.abs(score - item.score) <= 1e-9 * Math.abs(item.score)),
});

/** Whether a product is on sale that may be shown; a product is never similar to itself. */
const leavesSomething = (query: RecommendationQuery | BasketQuery, { states }: Happened): boolean =>
  [...states.values()].some(
    ({ product_id, available, category }) =>
      available &&
      (query.category === undefined || category === query.category) &&
      !query.exclude.includes(product_id) &&
      !('strategy' in query && query.strategy === 'similar' && query.productId === product_id),
  );

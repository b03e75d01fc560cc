import { expect, test } from 'vitest';
import { scoreOf } from '../popularity/popularity.ts';
import { recommend } from './recommendation.ts';

const halfLifeMs = 1_000;
const now = new Date('2026-03-01T12:00:00.000Z');
const known = {
  product_id: '0198c1de-3b00-7000-8000-0000000000a1',
  name: 'Mug',
  price_minor: 1250,
  currency: 'USD',
};
const active = {
  ...known,
  weight: 8,
  log_weight: scoreOf(8, now.getTime() - 2 * halfLifeMs, halfLifeMs).logWeight,
};

test('shows the sum of all weights for popular', () => {
  expect(recommend('popular', [active], { now, halfLifeMs })).toEqual({
    strategy: 'popular',
    generated_at: '2026-03-01T12:00:00.000Z',
    items: [
      {
        product_id: known.product_id,
        name: 'Mug',
        price: 12.5,
        currency: 'USD',
        score: 8,
        reason: 'popular',
      },
    ],
  });
});

test('shows the sum as decayed until now for trending', () => {
  const [item] = recommend('trending', [active], { now, halfLifeMs }).items;
  expect(item).toMatchObject({ reason: 'trending', score: expect.closeTo(2, 6) });
});

test('says of a product without activity that it is new', () => {
  const fresh = { ...known, weight: 0, log_weight: null };
  for (const strategy of ['popular', 'trending'] as const)
    expect(recommend(strategy, [fresh], { now, halfLifeMs }).items).toMatchObject([
      { reason: 'new', score: 0 },
    ]);
});

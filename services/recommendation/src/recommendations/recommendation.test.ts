import { expect, test } from 'vitest';
import { answerOf } from './recommendation.ts';

const row = {
  product_key: 1,
  product_id: '0198c1de-3b00-7000-8000-0000000000a1',
  name: 'Mug',
  price_minor: 1250,
  currency: 'USD',
  weight: 8,
  log_weight: 3,
};
const now = new Date('2026-03-01T12:00:00.000Z');

test('shows of a product what a page needs, and why it is there', () => {
  const other = '0198c1de-3b00-7000-8000-0000000000a2';
  const ranked = [
    { row, score: 0.5, reason: 'personal' as const, because: [other] },
    { row, score: 8, reason: 'popular' as const },
  ];
  const shown = { product_id: row.product_id, name: 'Mug', price: 12.5, currency: 'USD' };
  expect(answerOf('personal', ranked, now)).toEqual({
    strategy: 'personal',
    generated_at: '2026-03-01T12:00:00.000Z',
    items: [
      { ...shown, score: 0.5, reason: 'personal', because: [other] },
      { ...shown, score: 8, reason: 'popular' },
    ],
  });
});

import { type Static, Type } from '@souk/contracts/typebox.ts';
import { time, uuid } from '@souk/service-kit/http/fields.ts';
import { toMajor } from '@souk/service-kit/money.ts';
import type { ProductRow } from './recommendation-repository.ts';

const reasons = ['popular', 'trending', 'new', 'category', 'similar', 'personal', 'basket'] as const;
export type Reason = (typeof reasons)[number];

/** A product in its place in an answer. */
export interface Ranked {
  row: ProductRow;
  score: number;
  reason: Reason;
  /** Product ids. */
  because?: string[];
}

export const Recommendations = Type.Object(
  {
    strategy: Type.Enum(['popular', 'trending', 'similar', 'personal', 'basket']),
    generated_at: time(),
    experiment: Type.Optional(Type.String({ description: 'when the user takes part in one' })),
    variant: Type.Optional(Type.String({ description: 'the one that the user sees' })),
    items: Type.Array(
      Type.Object({
        product_id: uuid(),
        name: Type.String(),
        price: Type.Number({ minimum: 0, description: 'major units of the currency' }),
        currency: Type.String({ description: 'ISO 4217' }),
        score: Type.Number({
          minimum: 0,
          description:
            'comparable among items of one reason. `popular`: the sum of the weights of its interactions; ' +
            '`trending`, `category`: as decayed at generated_at',
        }),
        reason: Type.Enum([...reasons], {
          description:
            'why it is here. `personal`, `basket`, `similar`: shoppers of the same products were at it; ' +
            '`category`: trending in a category of these products; `new`: there is no activity yet',
        }),
        because: Type.Optional(
          Type.Array(uuid(), { description: 'the products it comes from, those that gave most first' }),
        ),
      }),
    ),
  },
  { title: 'Recommendations' },
);
type Recommendations = Static<typeof Recommendations>;

/** The answer that shows products in their order. */
export const answerOf = (
  strategy: Recommendations['strategy'],
  ranked: readonly Ranked[],
  now: Date,
  seen?: { experiment: string; variant: string },
): Recommendations => ({
  strategy,
  generated_at: now.toISOString(),
  ...(seen && { experiment: seen.experiment, variant: seen.variant }),
  items: ranked.map(({ row: { product_id, name, price_minor, currency }, score, reason, because }) => ({
    product_id,
    name,
    price: toMajor(price_minor, currency),
    currency,
    score,
    reason,
    ...(because ? { because } : {}),
  })),
});

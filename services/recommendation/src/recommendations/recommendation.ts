import { time, uuid } from '@souk/service-kit/http/fields.ts';
import { toMajor } from '@souk/service-kit/money.ts';
import Type, { type Static } from 'typebox';
import { decayedWeight } from '../popularity/popularity.ts';
import type { Strategy } from './recommendation-query.ts';

/** A row of the table in the order of an answer. */
export interface RankedProduct {
  product_id: string;
  name: string;
  price_minor: number;
  currency: string;
  weight: number;
  /** null without activity. */
  log_weight: number | null;
}

export const Recommendations = Type.Object(
  {
    strategy: Type.Enum(['popular', 'trending']),
    generated_at: time(),
    items: Type.Array(
      Type.Object({
        product_id: uuid(),
        name: Type.String(),
        price: Type.Number({ minimum: 0, description: 'major units of the currency' }),
        currency: Type.String({ description: 'ISO 4217' }),
        score: Type.Number({
          minimum: 0,
          description: 'the sum of the weights of its activity, for `trending` as decayed at generated_at',
        }),
        reason: Type.Enum(['popular', 'trending', 'new'], {
          description: 'why it is here; `new`: there is no activity yet, these come last',
        }),
      }),
    ),
  },
  { title: 'Recommendations' },
);
type Recommendations = Static<typeof Recommendations>;

/** The answer that shows products in their order, with their scores at `now`. */
export const recommend = (
  strategy: Strategy,
  products: readonly RankedProduct[],
  { now, halfLifeMs }: { now: Date; halfLifeMs: number },
): Recommendations => ({
  strategy,
  generated_at: now.toISOString(),
  items: products.map(({ product_id, name, price_minor, currency, weight, log_weight }) => {
    const shown = { product_id, name, price: toMajor(price_minor, currency), currency };
    if (log_weight === null) return { ...shown, score: 0, reason: 'new' };
    const score = strategy === 'popular' ? weight : decayedWeight(log_weight, now.getTime(), halfLifeMs);
    return { ...shown, score, reason: strategy };
  }),
});

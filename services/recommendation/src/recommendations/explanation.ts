import { type Static, Type } from '@souk/contracts/typebox.ts';
import { uuid } from '@souk/service-kit/http/fields.ts';
import type { ExplainedScore } from '../neighbours/neighbourhood.ts';
import type { ProductRow } from './recommendation-repository.ts';

export const Explanation = Type.Object(
  {
    product_id: uuid(),
    score: Type.Number({ minimum: 0, description: 'the sum of the votes times the rarity' }),
    rarity: Type.Number({
      minimum: 0,
      description: 'at most 1; less for more shoppers of the product, the longer the session is',
    }),
    shoppers: Type.Integer({
      minimum: 0,
      description: 'how many shoppers have the product in their history',
    }),
    neighbours: Type.Integer({ minimum: 0, description: 'the shoppers most like this one' }),
    voters: Type.Integer({ minimum: 0, description: 'those of them who were at the product' }),
    parts: Type.Array(
      Type.Object({
        product_id: uuid(),
        votes: Type.Number({ minimum: 0, description: 'how much of the votes comes from this product' }),
        weight: Type.Number({ minimum: 0, description: 'of what the shopper did with it' }),
      }),
      { description: 'the newest products of the shopper that recommendations follow from, newest first' },
    ),
    popularity: Type.Number({ minimum: 0, description: 'the score of the strategy `popular`' }),
    trending: Type.Number({ minimum: 0, description: 'the score of the strategy `trending`, now' }),
    available: Type.Boolean({ description: 'false for a product that is deleted, sold out or not known' }),
  },
  { title: 'Explanation' },
);
export type Explanation = Static<typeof Explanation>;

/** Products of a session whose state is not known are left out of the parts. */
export const explanationOf = (
  { votes, rarity, shoppers, neighbours, voters }: ExplainedScore,
  row: (ProductRow & { available: boolean }) | undefined,
  known: { productId: string; ids: ReadonlyMap<number, string>; trending: number },
): Explanation => ({
  product_id: known.productId,
  score: rarity * votes.reduce((sum, part) => sum + part.votes, 0),
  ...{ rarity, shoppers, neighbours, voters },
  parts: votes.flatMap(({ product, votes: ofProduct, weight }) => {
    const product_id = known.ids.get(product);
    return product_id === undefined ? [] : [{ product_id, votes: ofProduct, weight }];
  }),
  popularity: row?.weight ?? 0,
  trending: known.trending,
  available: row?.available ?? false,
});

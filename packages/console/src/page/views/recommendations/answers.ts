import { type Address, type AnswerTo, addressOf } from '../../lib/address.ts';
import { dataOf, souk } from '../../lib/api.ts';
import type { Question } from '../../lib/use-load.ts';

const path = '/api/v1/recommendations';
const limit = 10;

export type Recommended = AnswerTo<'recommendation', typeof path>['items'][number];

/** One strategy's answer. */
export interface Answer {
  title: string;
  /** How it comes about, in a sentence. */
  means: string;
  from: Address<{ items: Recommended[] }> | Question<{ items: Recommended[] }>;
}

/** The questions that can be asked with what was chosen. */
export const answersFor = (chosen: {
  user: string;
  product: string;
  basket: readonly string[];
}): Answer[] => {
  const { user, product, basket } = chosen;
  return [
    ...(basket.length > 0 ? [forBasket(basket)] : []),
    ...(user !== '' ? [personal(user)] : []),
    ...(product !== '' ? [similar(product)] : []),
    byAll('popular', 'Popular', 'By everything that shoppers ever did.'),
    byAll('trending', 'Trending', 'By what they do now: older activity weighs less and less.'),
  ];
};

const forBasket = (basket: readonly string[]): Answer => ({
  title: 'For this basket',
  means: 'By shoppers whose newest products are most like these; the last one counts most.',
  from: {
    key: `basket ${basket.join(' ')}`,
    ask: (signal) => {
      const items = basket.map((product_id) => ({ product_id }));
      return dataOf(souk.recommendation.POST(`${path}/basket`, { body: { items, limit }, signal }));
    },
  },
});

const personal = (user_id: string): Answer => ({
  title: 'For this user',
  means: 'By the shoppers most like this one.',
  from: addressOf('recommendation', path, { user_id, strategy: 'personal', limit }),
});

const similar = (id: string): Answer => ({
  title: 'Goes with this product',
  means: 'By shoppers whom both products have in common.',
  from: addressOf('recommendation', '/api/v1/products/{id}/similar', { id, limit }),
});

const byAll = (strategy: 'popular' | 'trending', title: string, means: string): Answer => ({
  title,
  means,
  from: addressOf('recommendation', path, { strategy, limit }),
});

import { dataOf, souk } from '../../lib/api.ts';

export interface Recommended {
  product_id: string;
  name: string;
  price: number;
  currency: string;
  score: number;
  reason: string;
  because?: string[];
}

/** One strategy's answer. */
export interface Answer {
  key: string;
  title: string;
  /** How it comes about, in a sentence. */
  means: string;
  load: (signal: AbortSignal) => Promise<{ items: Recommended[] }>;
}

const limit = 10;
const path = '/api/v1/recommendations';

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
  key: `basket ${basket.join(' ')}`,
  title: 'For this basket',
  means: 'By shoppers whose newest products are most like these; the last one counts most.',
  load: (signal) => {
    const items = basket.map((product_id) => ({ product_id }));
    return dataOf(souk.recommendation.POST(`${path}/basket`, { body: { items, limit }, signal }));
  },
});

const personal = (user_id: string): Answer => ({
  key: `personal ${user_id}`,
  title: 'For this user',
  means: 'By the shoppers most like this one.',
  load: (signal) => {
    const query = { user_id, strategy: 'personal' as const, limit };
    return dataOf(souk.recommendation.GET(path, { params: { query }, signal }));
  },
});

const similar = (id: string): Answer => ({
  key: `similar ${id}`,
  title: 'Goes with this product',
  means: 'By shoppers whom both products have in common.',
  load: (signal) => {
    const params = { path: { id }, query: { limit } };
    return dataOf(souk.recommendation.GET('/api/v1/products/{id}/similar', { params, signal }));
  },
});

const byAll = (strategy: 'popular' | 'trending', title: string, means: string): Answer => ({
  key: strategy,
  title,
  means,
  load: (signal) => dataOf(souk.recommendation.GET(path, { params: { query: { strategy, limit } }, signal })),
});

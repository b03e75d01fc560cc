import { setTimeout as pause } from 'node:timers/promises';
import { type ClientParts, tryOnce } from './careful-client.ts';

const paceMs = 200;
const path = '/api/v1/recommendations?strategy=popular&limit=100';

interface Item {
  product_id: string;
  price: number;
}

/**
 * Looks at the prices in the tables of recommendations, and asks for recommendations: what was committed so long before
 * the question as promised must be in the answer.
 */
export const readRecommendations = async (parts: ClientParts): Promise<void> => {
  const { chaos, journal, isOver, promisedMs } = parts;
  while (!isOver()) {
    const rows = await chaos.mesh.sql<{ product_id: string; price_minor: number }[]>`
      select product_id, price_minor from recommendation_service.products
      where product_id = any(${chaos.products})`.catch(() => []);
    const atMs = performance.now();
    for (const { product_id, price_minor } of rows)
      journal.known.push({ what: `price of ${product_id} recommended`, value: Number(price_minor), atMs });
    const answer = await tryOnce(parts, 'recommendation', 'GET', path);
    if (answer?.status === 200)
      for (const { product_id, price } of answer.body.items as Item[])
        journal.reads.push({
          ...{ what: `price of ${product_id} recommended`, value: Math.round(price * 100) },
          ...{ askedAtMs: atMs, promisedMs },
        });
    await pause(paceMs);
  }
};

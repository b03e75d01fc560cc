import { randomUUID } from 'node:crypto';
import type { SoukClient } from '@souk/client/client.ts';
import { dataOf } from '@souk/client/refusal.ts';
import type { Recommendation } from './demo-display.ts';

const shownMax = 5;

/**
 * What is recommended to a user. Where the list belongs to an experiment, what is shown of it is reported, so that
 * analytics can attribute clicks and purchases.
 */
export const shownRecommendations = async (
  { user, recommendation }: Pick<SoukClient, 'user' | 'recommendation'>,
  id: string,
): Promise<Recommendation[]> => {
  const { items, experiment, variant } = dataOf(
    await recommendation.GET('/api/v1/users/{id}/recommendations', {
      params: { path: { id }, query: { limit: shownMax } },
    }),
  );
  if (experiment !== undefined && items.length > 0) {
    const data = { experiment, variant, product_ids: items.map(({ product_id }) => product_id) };
    const body = { id: randomUUID(), user_id: id, type: 'recommendation_shown', data };
    dataOf(await user.POST('/api/v1/events', { body }));
  }
  return items;
};

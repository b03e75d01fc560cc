import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { SoukClient } from '@souk/client/client.ts';
import { dataOf } from '@souk/client/refusal.ts';
import type { Recommendation } from './demo-display.ts';
import { demoPeople } from './people.ts';

const shownMax = 5;

interface BesideShopping {
  client: SoukClient;
  users: number;
  everyMs: number;
  show: (title: string, items: readonly Recommendation[]) => void;
  signal: AbortSignal;
}

/**
 * Shows recommendations, one shopper at a time until the signal. That it fails is no reason to end the demo.
 */
export const besideShopping = async (options: BesideShopping): Promise<void> => {
  const { client, users, everyMs, show, signal } = options;
  const people = demoPeople(users);
  for (let turn = 0; !signal.aborted; turn += 1) {
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
    const person = people[turn % people.length];
    if (signal.aborted || person === undefined) return;
    try {
      const query = { email: person.email };
      const { items } = dataOf(await client.user.GET('/api/v1/users', { params: { query } }));
      const id = items[0]?.id;
      if (id === undefined) continue;
      show(`For ${person.name}`, await shownRecommendations(client, id));
    } catch {
      // The services' own logs and souk status tell.
    }
  }
};

/**
 * What is recommended to a user. Where the list belongs to an experiment, what is shown of it is reported, so that
 * analytics can attribute clicks and purchases.
 */
const shownRecommendations = async (
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

import { setTimeout as pause } from 'node:timers/promises';
import type { SoukClient } from '@souk/client/client.ts';
import { dataOf } from '@souk/client/refusal.ts';
import type { Recommendation } from './demo-display.ts';
import { demoPeople } from './people.ts';
import { shownRecommendations } from './shown-recommendations.ts';

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

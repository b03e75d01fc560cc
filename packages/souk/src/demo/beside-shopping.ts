import { setTimeout as pause } from 'node:timers/promises';
import type { SoukClient } from '@souk/client/client.ts';
import { dataOf } from '@souk/client/refusal.ts';
import { cancelledOrder } from './cancelled-order.ts';
import { demoCatalogue } from './catalogue.ts';
import type { Recommendation } from './demo-display.ts';
import { demoPeople } from './people.ts';
import { shownRecommendations } from './shown-recommendations.ts';

interface BesideShopping {
  client: SoukClient;
  users: number;
  products: number;
  everyMs: number;
  show: (title: string, items: readonly Recommendation[]) => void;
  signal: AbortSignal;
}

/** Of so many turns one cancels an order. */
const cancelEvery = 4;

/**
 * What else happens in the shop, one shopper at a time until the signal: recommendations are shown, and now and then an
 * order is cancelled. That it fails is no reason to end the demo.
 */
export const besideShopping = async (options: BesideShopping): Promise<void> => {
  const { client, users, products, everyMs, show, signal } = options;
  const people = demoPeople(users);
  const catalogue = demoCatalogue(products);
  for (let turn = 0; !signal.aborted; turn += 1) {
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
    const person = people[turn % people.length];
    const product = catalogue[turn % catalogue.length];
    if (signal.aborted || person === undefined || product === undefined) return;
    try {
      const query = { email: person.email };
      const { items } = dataOf(await client.user.GET('/api/v1/users', { params: { query } }));
      const id = items[0]?.id;
      if (id === undefined) continue;
      show(`For ${person.name}`, await shownRecommendations(client, id));
      if (turn % cancelEvery === 0) await cancelledOrder(client, { ...person, id }, product);
    } catch {
      // The services' own logs and souk status tell.
    }
  }
};

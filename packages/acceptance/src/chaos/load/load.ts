import { recordActivities } from './activities.ts';
import type { ClientParts } from './careful-client.ts';
import { buyCarts } from './checkouts.ts';
import { comeAndGo } from './churn.ts';
import { placeOrders, type TopicOrders } from './orders.ts';
import { raisePrices } from './prices.ts';
import { readRecommendations } from './readers.ts';

/** Careful clients that never stop: what is not acknowledged they send again, until it is. */
export interface Load {
  /** Waits for what is under way. Throws when something was not acknowledged in three minutes. */
  stop(): Promise<void>;
}

export const startLoad = (parts: Omit<ClientParts, 'isOver'>, topicOrders: TopicOrders): Load => {
  let over = false;
  const all: ClientParts = { ...parts, isOver: () => over };
  const clients = Promise.all([
    recordActivities(all),
    recordActivities(all),
    raisePrices(all),
    placeOrders(all, topicOrders),
    ...parts.chaos.buyers.map((buyer) => buyCarts(all, buyer)),
    comeAndGo(all),
    readRecommendations(all),
  ]);
  // stop() tells; until then it is nobody's.
  clients.catch(() => {
    over = true;
  });
  return {
    stop: async () => {
      over = true;
      await clients;
    },
  };
};

import type { Logger } from '@souk/service-kit/log.ts';
import type { Metrics } from '@souk/service-kit/metrics.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { openPeriodicTask } from '@souk/service-kit/service/periodic-task.ts';
import { retryingDeadlocks } from '../catalogue/product-repository.ts';
import type { ReceivedOrder } from './order.ts';
import { createOrderCache, type OrderCacheLimits } from './order-cache.ts';
import { type Intake, takeOrders } from './order-intake.ts';
import { orderMetrics } from './order-metrics.ts';
import { orderSearch } from './order-search.ts';
import { type Step, type StepOutcome, takeSteps } from './order-steps.ts';
import { redactionWatch } from './redaction-watch.ts';
import { type TakeBack, takeBack } from './take-back.ts';

interface OrderBookParts {
  db: Database;
  log: Logger;
  metrics: Metrics;
  cacheLimits: OrderCacheLimits;
  /** Called after every commit that may have put events into the outbox. */
  onCommitted: () => void;
}

export type OrderBook = ReturnType<typeof openOrderBook>;

/** The use cases of orders, but for the intake from the topic: that runs in the consumer's transaction. */
export const openOrderBook = ({ db, log, metrics, cacheLimits, onCommitted }: OrderBookParts) => {
  const counts = orderMetrics(metrics);
  const search = orderSearch(db);
  const cache = createOrderCache(cacheLimits, metrics);
  const redactions = redactionWatch(db, cache.clear);
  const watching = openPeriodicTask(redactions, log);

  return {
    /** Takes one order in, in a transaction of its own. */
    place: async (order: ReceivedOrder): Promise<Intake> => {
      const [intake] = await retryingDeadlocks(db, 'place_order', (tx) => takeOrders(tx, [order]));
      onCommitted();
      return intake as Intake;
    },
    /** The document as it came, or redacted since, from the cache or the database; undefined when there is no such order. */
    document: (orderUid: string) => cache.get(orderUid, () => search.document(orderUid)),
    customerOf: async (orderUid: string) => (await search.summary(orderUid))?.customerId,
    summary: search.summary,
    state: search.state,
    list: search.list,
    /** The outcome of each step; each order at most once in a call. */
    move: async (steps: readonly Step[]): Promise<StepOutcome[]> => {
      if (steps.length === 0) return [];
      const outcomes = await retryingDeadlocks(db, 'move_orders', (tx) => takeSteps(tx, steps));
      const isCancelled = ({ status }: Step, index: number) =>
        status === 'cancelled' && outcomes[index]?.outcome === 'moved';
      counts.takenBack('cancelled', steps.filter(isCancelled).length);
      onCommitted();
      return outcomes;
    },
    /** Takes back pieces of an order. Throws the problems of take-back.ts. */
    takeBack: async (asked: TakeBack): Promise<void> => {
      await retryingDeadlocks(db, 'take_back', (tx) => takeBack(tx, asked, new Date()));
      counts.takenBack(asked.kind);
      onCommitted();
    },
    /** Fills the cache with the newest orders, and begins to look for redacted ones; `stop` ends that. */
    warm: async (): Promise<void> => {
      // First: a redaction in between is then seen as a change.
      await redactions.run();
      cache.warm(await search.newestDocuments(cacheLimits));
      watching.start();
    },
    /** Orders in the database, and documents in this process's cache. */
    counts: async () => ({ held: await search.count(), cached: cache.size() }),
    stop: watching.stop,
  };
};

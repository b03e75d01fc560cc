import type { Logger } from '@souk/service-kit/log.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import type { PeriodicTask } from '@souk/service-kit/service/periodic-task.ts';
import type { OrderMetrics } from '../orders/order-metrics.ts';
import { cancelUnpaid, listUnpaid, type UnpaidOrder } from './open-checkouts.ts';

const intervalMs = 1_000;

interface UnpaidWatchParts {
  db: Database;
  log: Logger;
  metrics: OrderMetrics;
  /** Called after every commit that put events into the outbox. */
  onCommitted: () => void;
}

/** Cancels orders of checkouts within about a second after their time to pay is over. Every replica does; none twice. */
export const unpaidWatch = (parts: UnpaidWatchParts): PeriodicTask => ({
  name: 'cancel unpaid orders',
  intervalMs,
  run: (signal) => cancelAllUnpaid(parts, new Date(), signal),
});

/** Cancels all that should have been paid by now; one that cannot be cancelled holds up no other. */
export const cancelAllUnpaid = async (
  { db, log, metrics, onCommitted }: UnpaidWatchParts,
  now: Date,
  signal?: AbortSignal,
): Promise<void> => {
  const cancel = async (orders: readonly UnpaidOrder[]) => {
    const cancelled = await cancelUnpaid(db, orders, now);
    metrics.takenBack('unpaid', cancelled);
    if (cancelled > 0) onCommitted();
  };
  for (let orders: UnpaidOrder[] | undefined; orders?.length !== 0 && !signal?.aborted; ) {
    orders = await listUnpaid(db, now, orders?.at(-1));
    await cancel(orders).catch(async () => {
      for (const order of orders as UnpaidOrder[])
        await cancel([order]).catch((err: unknown) =>
          log.warn({ err, orderUid: order.orderUid }, 'an unpaid order could not be cancelled'),
        );
    });
  }
};

import { productUpdates } from '@souk/contracts/product-updates.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import fc from 'fast-check';
import type { AnalyticsDatabase } from '../analytics-database.ts';
import { began, type History, partitions } from './history.ts';

/** How many messages a batch takes, how many of them come again with the next, and how many minutes later that is. */
interface Batch {
  size: number;
  again: number;
  minutes: number;
}

/** For each partition. */
export const deliveries: fc.Arbitrary<Batch[][]> = fc.array(
  fc.array(fc.record({ size: fc.integer({ min: 1, max: 8 }), again: fc.nat(4), minutes: fc.nat(60) }), {
    minLength: 1,
    maxLength: 6,
  }),
  { minLength: 4 * partitions, maxLength: 4 * partitions },
);

/**
 * Delivers all messages, all partitions at once, as the consumer does: they meet in the rows that they share. Meanwhile
 * time goes by. Returns what time it is at the end.
 */
export const deliverAll = async (
  database: AnalyticsDatabase,
  history: History,
  plans: readonly Batch[][],
): Promise<Date> => {
  const logs = [userUpdates.name, productUpdates.name].flatMap((topic) =>
    Array.from({ length: 2 * partitions }, (_, partition) =>
      history.messages.filter((message) => message.topic === topic && message.partition === partition),
    ),
  );
  const clock = { now: began };
  // All end, so that nothing of a failed run is left under way.
  const outcomes = await Promise.allSettled(
    logs.map((log, index) => deliver(database, log, plans[index % plans.length] ?? [], clock)),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  await database.fold(clock.now);
  await database.maintain();
  return clock.now;
};

const deliver = async (
  database: AnalyticsDatabase,
  log: readonly ReceivedMessage[],
  plan: readonly Batch[],
  clock: { now: Date },
) => {
  for (let offset = 0, batch = 0; offset < log.length; batch++) {
    const { size, again, minutes } = plan[batch % plan.length] ?? { size: 1, again: 0, minutes: 1 };
    await database.apply(log.slice(offset, offset + size));
    clock.now = new Date(clock.now.getTime() + minutes * 60_000);
    if (batch % 3 === 0) await database.fold(clock.now);
    if (batch % 5 === 0) await database.maintain();
    offset += Math.max(1, size - again);
  }
  // And the whole log once more, as a broker that has lost its offsets would.
  if (log.length > 0) await database.apply(log);
};

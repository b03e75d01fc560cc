import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { activityOf } from '../../resilience/traffic.ts';
import type { SentActivity } from '../journal.ts';
import { type ClientParts, tryOnce, untilAcknowledged } from './careful-client.ts';

const batchSize = 20;
const paceMs = 200;

/** Records activities, each with an id of its own: what is sent again is stored once. */
export const recordActivities = async (parts: ClientParts): Promise<void> => {
  const { chaos, journal, random, isOver } = parts;
  while (!isOver()) {
    const events = Array.from({ length: batchSize }, () => ({
      id: randomUUID(),
      ...activityOf(chaos, random.whole(0, 1_000_000), new Date()),
    }));
    await untilAcknowledged('a batch of activities', async () => {
      const answer = await tryOnce(parts, 'user', 'POST', '/api/v1/events/batch', { events });
      if (!answer || answer.status >= 300) return undefined;
      // A service whose clock is behind takes them for events of the future, until its clock is right.
      const { accepted, repeated } = answer.body;
      return accepted + repeated === batchSize || undefined;
    });
    for (const { unit_price, occurred_at: _, ...event } of events)
      journal.activities.set(event.id, {
        ...event,
        unit_price_minor: Math.round(100 * unit_price),
      } as SentActivity);
    await pause(paceMs);
  }
};

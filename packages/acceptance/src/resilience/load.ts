import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestMesh } from '@souk/testing/mesh.ts';
import { call } from '../http-call.ts';
import { activityOf, type Traffic } from './traffic.ts';

const batchSize = 20;
/** Between an answer and the next request: the load is the same on a fast machine, and others get their turn. */
const paceMs = 20;
const acknowledgedWithinMs = 60_000;

/** Clients that never stop writing. */
export interface Load {
  /** How many activities were acknowledged so far. */
  acknowledged(): number;
  /** What was answered instead of an acknowledgement, such as `503 dependency_unavailable`, or `no answer`. */
  refusals: ReadonlySet<string>;
  /** Waits until `count` more activities are acknowledged. */
  more(count: number): Promise<void>;
  /** Waits for what is under way. Throws when something was not acknowledged within a minute. */
  stop(): Promise<void>;
}

/**
 * Records activities and changes prices, without a break, as a careful client does: an activity has an id of its own,
 * and what is not acknowledged is sent again, to the next of `userUrls`. So the activities stored are those acknowledged.
 */
export const startLoad = (
  mesh: TestMesh,
  traffic: Pick<Traffic, 'users' | 'products'>,
  userUrls: readonly string[] = [mesh.service('user').url],
): Load => {
  const refusals = new Set<string>();
  let acknowledged = 0;
  let requests = 0;
  let over = false;

  const untilAcknowledged = (urls: readonly string[], method: string, path: string, body: object) =>
    eventually(
      async () => {
        requests += 1;
        const answer = await call(method, `${urls[requests % urls.length]}${path}`, body).catch(
          () => undefined,
        );
        if (answer && answer.status < 300) return answer.body;
        const refusal = answer ? `${answer.status} ${answer.body.code}` : 'no answer';
        refusals.add(refusal);
        throw new Error(`${method} ${path}: ${refusal}`);
      },
      { timeoutMs: acknowledgedWithinMs, intervalMs: paceMs },
    );

  const recordActivities = async () => {
    for (let sent = 0; !over; sent += batchSize) {
      const now = new Date();
      const events = Array.from({ length: batchSize }, (_, index) => ({
        id: randomUUID(),
        ...activityOf(traffic, sent + index, now),
      }));
      const body = await untilAcknowledged(userUrls, 'POST', '/api/v1/events/batch', { events });
      if (body.accepted + body.repeated !== batchSize) throw new Error(`refused: ${JSON.stringify(body)}`);
      acknowledged += batchSize;
      await pause(paceMs);
    }
  };
  const changePrices = async () => {
    for (let sent = 0; !over; sent++) {
      const path = `/api/v1/products/${traffic.products[sent % traffic.products.length]}`;
      await untilAcknowledged([mesh.service('product').url], 'PUT', path, { price: (sent % 1000) + 0.99 });
      await pause(paceMs);
    }
  };

  const writing = Promise.all([recordActivities(), changePrices()]);
  // stop() tells; until then it is nobody's.
  writing.catch(() => undefined);
  return {
    acknowledged: () => acknowledged,
    refusals,
    more: async (count) => {
      const enough = acknowledged + count;
      await eventually(
        () => {
          if (acknowledged < enough) throw new Error(`${acknowledged} of ${enough} activities acknowledged`);
        },
        { timeoutMs: acknowledgedWithinMs },
      );
    },
    stop: async () => {
      over = true;
      await writing;
    },
  };
};

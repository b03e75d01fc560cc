import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { World } from '../stack/world.ts';

/** So many that none buys it more than three times: further repeats would not count. */
const accounts = 250;
const leadPurchases = 200;
const pollMs = 1;
const settledPauseMs = 200;
const freshMaxMs = 30_000;
const warmUpProbes = 5;

export interface ProbeOptions {
  count: number;
  /** Between two activities; half of it to all of it. */
  pauseMs: number;
  timeMaxMs: number;
}

/** One activity, in milliseconds since the epoch. */
export interface ProbeResult {
  /** The id of its trace, which is recorded where the services record any. */
  trace: string;
  sentAt: number;
  /** Answered with 201. */
  storedAt: number;
  visibleAt: number;
}

export interface Probe {
  /** Accounts of the user service. */
  userIds: string[];
  /** So many activities one after the other, or fewer if the time is over. */
  measure(options: ProbeOptions): Promise<ProbeResult[]>;
  close(): Promise<void>;
}

/**
 * Buys the leading product of the recommendations, and looks every millisecond whether its score has changed. Nothing
 * else may buy it meanwhile.
 */
export const openProbe = async (world: World): Promise<Probe> => {
  const user = new Pool(world.service('user').url, { connections: 4 });
  const recommendation = new Pool(world.service('recommendation').url, { connections: 1 });
  const post = async (path: string, body: unknown, more = {}): Promise<{ id: string }> => {
    const headers = { 'content-type': 'application/json', ...more };
    const answer = await user.request({ path, method: 'POST', headers, body: JSON.stringify(body) });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${path} was answered with ${answer.statusCode}: ${text}`);
    return JSON.parse(text);
  };
  const leader = async (): Promise<{ product_id: string; score: number }> => {
    const { body } = await recommendation.request({
      path: '/api/v1/recommendations?strategy=popular&limit=1',
      method: 'GET',
    });
    const { items } = (await body.json()) as { items: { product_id: string; score: number }[] };
    if (!items[0]) throw new Error('there are no recommendations');
    return items[0];
  };

  const userIds: string[] = [];
  for (let n = 0; n < accounts; n++)
    userIds.push((await post('/api/v1/users', { email: `${randomUUID()}@example.com`, name: 'Ada' })).id);
  const { product_id, score: scoreBefore } = await leader();
  const purchase = (n: number) => ({
    ...{ user_id: userIds[n % accounts], product_id, type: 'purchase', quantity: 1, unit_price: 10 },
  });
  await post('/api/v1/events/batch', {
    events: Array.from({ length: leadPurchases }, (_, n) => purchase(n)),
  });

  const untilChanged = async (before: number): Promise<number> => {
    const until = performance.now() + freshMaxMs;
    for (;;) {
      const found = await leader();
      if (found.product_id !== product_id) throw new Error('another product leads');
      if (found.score !== before) return found.score;
      if (performance.now() > until) throw new Error(`an activity did not show in ${freshMaxMs} ms`);
      await sleep(pollMs);
    }
  };
  /** The score once it no longer changes. */
  const settled = async (before: number): Promise<number> => {
    await sleep(settledPauseMs);
    const { score } = await leader();
    return score === before ? score : settled(score);
  };
  const measure = async ({ count, pauseMs, timeMaxMs }: ProbeOptions) => {
    const results: ProbeResult[] = [];
    const until = performance.now() + timeMaxMs;
    let score = await settled(scoreAtFirst);
    for (let n = 0; n < warmUpProbes + count && performance.now() < until; n++) {
      const traceId = randomBytes(16).toString('hex');
      const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
      const sentAt = now();
      await post('/api/v1/events', purchase(n), { traceparent });
      const storedAt = now();
      score = await untilChanged(score);
      if (n >= warmUpProbes) results.push({ trace: traceId, sentAt, storedAt, visibleAt: now() });
      await sleep(pauseMs * (0.5 + Math.random() / 2));
    }
    // Otherwise each look would have found the purchase before the one that it waited for.
    if ((await settled(score)) !== score) throw new Error('an activity showed later than another one');
    return results;
  };
  // The purchases before, however long they take: what shows of them later would be taken for that of a later one.
  const scoreAtFirst = await settled(await untilChanged(scoreBefore));
  return {
    userIds,
    measure,
    close: async () => {
      await Promise.all([user.close(), recommendation.close()]);
    },
  };
};

/** In milliseconds since the epoch, finer than Date.now(). */
const now = (): number => performance.timeOrigin + performance.now();

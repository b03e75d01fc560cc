import { LRUCache } from 'lru-cache';
import type { Redis } from '../cache/redis.ts';
import { type Taken, takeFrom, wholeMs } from './bucket.ts';
import type { Limit } from './limits.ts';
import { type SharedBuckets, sharedBuckets } from './shared-buckets.ts';

export interface Decision {
  admitted: boolean;
  left: number;
  /** How long to wait, when it was not admitted. */
  waitMs: number;
  /** How long until the bucket is full. */
  fullInMs: number;
}

export interface RateLimiter {
  /** Takes `cost` tokens from the bucket `key`: at once where this process can tell. Never rejects. */
  take(key: string, limit: Limit, cost: number): Decision | Promise<Decision>;
  /** For /health: rejects while no bucket can be shared, because Redis is gone, is full, or refuses the script. */
  check(): Promise<void>;
}

/** What this process knows of a bucket. */
interface Known {
  /** Tokens that were taken from the shared bucket ahead of requests, and until when they may be used. */
  held: number;
  heldUntilMs: number;
  /** So many tokens it does not have before that time, whatever others take. */
  lacked: number;
  lackedUntilMs: number;
  left: number;
  fullAtMs: number;
  /** The bucket of this process alone. */
  ownFullAtMs: number | undefined;
  /** Requests that Redis decides about, the oldest first. One question is asked at a time. */
  waiting: { cost: number; resolve: (decision: Decision) => void }[];
}

/** A hundredth of a bucket is taken ahead, so that of many requests few ask Redis. */
const aheadShare = 0.01;
const aheadMax = 100;
/** So long that of a caller who asks once in a few seconds, as most do, not every request asks Redis. */
const heldMs = 10_000;
const bucketsMax = 50_000;
/** Of a bucket that is full again, and so is forgotten, after a few milliseconds. */
const healthLimit: Limit = { perSecond: 1_000, burst: 1_000 };

/**
 * Token buckets that all replicas share in Redis. While it does not answer, and without one, each process has buckets
 * of its own; `onOwn` is told of each use of one because Redis does not answer. Tokens taken ahead that no request needs
 * within ten seconds are lost: over all its time never is more admitted to a caller than the limit.
 */
export const createRateLimiter = (
  redis: Pick<Redis, 'usable' | 'run'> | undefined,
  namespace: string,
  onOwn: () => void = () => undefined,
): RateLimiter => {
  const buckets = new LRUCache<string, Known>({ max: bucketsMax, memoMethod: unknown });
  const shared = redis && sharedBuckets(redis, namespace);
  const takeOwn = (known: Known, limit: Limit, need: number, want: number): Taken => {
    if (redis) onOwn();
    const nowMs = performance.now();
    const { fullAtMs, ...taken } = takeFrom(known.ownFullAtMs, limit, { need, want, nowMs });
    known.ownFullAtMs = fullAtMs;
    return taken;
  };

  const serve = async (shared: SharedBuckets, known: Known, key: string, limit: Limit): Promise<void> => {
    const ahead = Math.min(aheadMax, Math.floor(limit.burst * aheadShare));
    for (let first = known.waiting[0]; first; first = known.waiting[0]) {
      const need = first.cost - known.held;
      const want = () => known.waiting.reduce((sum, { cost }) => sum + cost, -known.held);
      const taken = await shared
        .take(key, limit, { need, want: want() + ahead })
        // For those, too, who came meanwhile: none of them waits for another question.
        .catch(() => takeOwn(known, limit, need, want()));
      note(known, need, taken);
      for (let next: Decision | undefined; known.waiting[0]; known.waiting.shift()?.resolve(next)) {
        next = decide(known, known.waiting[0].cost);
        if (!next) break;
      }
    }
  };

  return {
    check: async () => {
      await shared?.take('health', healthLimit, { need: 1, want: 1 });
    },
    take: (key, limit, cost) => {
      const known = buckets.memo(key);
      const decision = known.waiting.length > 0 ? undefined : decide(known, cost);
      if (decision) return decision;
      if (!shared || !redis?.usable()) {
        const need = cost - known.held;
        note(known, need, takeOwn(known, limit, need, need));
        // The millisecond that it had to wait may be over by now.
        return (
          decide(known, cost) ?? { admitted: false, left: known.left + known.held, waitMs: 1, fullInMs: 1 }
        );
      }
      return new Promise((resolve) => {
        known.waiting.push({ cost, resolve });
        if (known.waiting.length === 1) void serve(shared, known, key, limit);
      });
    },
  };
};

const unknown = (): Known => ({
  held: 0,
  heldUntilMs: 0,
  lacked: 0,
  lackedUntilMs: 0,
  left: 0,
  fullAtMs: 0,
  ownFullAtMs: undefined,
  waiting: [],
});

/** What needs no question: there are tokens ahead, or it is known that there are too few. */
const decide = (known: Known, cost: number): Decision | undefined => {
  const nowMs = performance.now();
  if (known.heldUntilMs <= nowMs) known.held = 0;
  const fullInMs = wholeMs(known.fullAtMs - nowMs);
  if (known.held >= cost) {
    known.held -= cost;
    return { admitted: true, left: known.left + known.held, waitMs: 0, fullInMs };
  }
  const waitMs = Math.ceil(known.lackedUntilMs - nowMs);
  if (cost - known.held < known.lacked || waitMs <= 0) return undefined;
  return { admitted: false, left: known.left + known.held, waitMs, fullInMs };
};

const note = (known: Known, need: number, { taken, left, waitMs, fullInMs }: Taken): void => {
  const nowMs = performance.now();
  known.left = left;
  known.fullAtMs = nowMs + fullInMs;
  if (taken === 0) {
    known.lacked = need;
    known.lackedUntilMs = nowMs + waitMs;
    return;
  }
  known.held += taken;
  known.heldUntilMs = nowMs + heldMs;
};

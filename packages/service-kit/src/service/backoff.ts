import { setTimeout as delay } from 'node:timers/promises';

export interface Backoff {
  /** The longest wait before the first retry. */
  baseMs: number;
  /** The longest wait before any. */
  maxMs: number;
  /** Uniform in [0, 1); Math.random unless given. */
  random?: () => number;
}

/** 100 ms, doubling to 30 s. */
export const defaultBackoff = { baseMs: 100, maxMs: 30_000 } as const;

/**
 * How long to wait before retry number `attempt` (the first is 0), in whole milliseconds: uniform between 0
 * and min(maxMs, baseMs · 2^attempt), the "full jitter" of
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export const backoffMs = (attempt: number, { baseMs, maxMs, random = Math.random }: Backoff): number =>
  Math.floor(random() * Math.min(maxMs, baseMs * 2 ** attempt));

/** Waits `ms`, or less when the signal is aborted. Never rejects: look at the signal afterwards. */
export const wait = async (ms: number, signal?: AbortSignal): Promise<void> => {
  if (signal?.aborted) return;
  await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
};

const conditionPollMs = 20;

/** Waits until `condition` holds: true; false after `timeoutMs`, or when the signal is aborted. */
export const waitUntil = async (
  condition: () => boolean,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<boolean> => {
  for (const until = performance.now() + timeoutMs; !condition(); await wait(conditionPollMs, signal))
    if (signal.aborted || performance.now() > until) return false;
  return true;
};

import { wait } from '../service/backoff.ts';

/**
 * Runs `work` never twice at a time, and at most once every `intervalMs()`, which is asked at each call: at once for
 * the first call, then once for all the calls that came meanwhile. After the abort of `signal` the interval is not
 * waited for.
 */
export const throttle = (work: () => Promise<void>, intervalMs: () => number, signal: AbortSignal) => {
  let lastRunAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const run = (): Promise<void> => {
    next = undefined;
    lastRunAt = performance.now();
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };

  const call = (): Promise<void> => {
    if (next) return next;
    const delayMs = lastRunAt + intervalMs() - performance.now();
    if (!running && delayMs <= 0) return run();
    next = Promise.all([running, wait(Math.max(0, delayMs), signal)]).then(run);
    return next;
  };

  return {
    /** Resolves with the end of a run that began after this call, so what the caller did before is seen by it. */
    call,
    /** Resolves when nothing runs and nothing is due. */
    idle: async (): Promise<void> => {
      while (next ?? running) await (next ?? running);
    },
  };
};

import { setTimeout as pause } from 'node:timers/promises';

/** Does something again and again until what it gives is called; then waits for the last time. Failures are ignored. */
export const repeatedly = (everyMs: number, work: () => Promise<unknown>): (() => Promise<void>) => {
  const stopping = new AbortController();
  const run = async () => {
    while (!stopping.signal.aborted) {
      await work().catch(() => undefined);
      await pause(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return async () => {
    stopping.abort();
    await running;
  };
};

import { wait } from '@souk/service-kit/service/backoff.ts';

/** Something that is read again and again, first at once and then `intervalMs` after each reading. */
export const periodicReading = (intervalMs: number, read: () => Promise<void>) => {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let started = false;

  const run = async () => {
    while (!stopping.signal.aborted) {
      try {
        await read();
      } catch {
        // Postgres is away: what was read last stays shown, and its own metrics tell.
      }
      await wait(intervalMs, stopping.signal);
    }
  };

  return {
    /** Reads until `stop`; the tables must be there. */
    start: (): void => {
      if (!started) running = run();
      started = true;
    },
    /** Lets the reading under way end. */
    stop: (): Promise<void> => {
      stopping.abort();
      return running;
    },
  };
};

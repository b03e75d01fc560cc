import type { Logger } from '../log.ts';
import { wait } from './backoff.ts';

export interface PeriodicTask {
  /** What the log calls it. */
  name: string;
  intervalMs: number;
  /** May end early when the signal is aborted. */
  run: (signal: AbortSignal) => Promise<unknown>;
}

/**
 * Does something again and again, first at once and then so long after each time. The first failure in a row is logged;
 * `db_query_errors_by_operation_total` counts all of them.
 */
export const openPeriodicTask = ({ name, intervalMs, run }: PeriodicTask, log: Logger) => {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  const repeat = async () => {
    for (let isFailing = false; !stopping.signal.aborted; ) {
      try {
        await run(stopping.signal);
        isFailing = false;
      } catch (error) {
        if (!isFailing) log.warn({ err: error, task: name }, 'a periodic task failed; it is repeated');
        isFailing = true;
      }
      await wait(intervalMs, stopping.signal);
    }
  };

  return {
    /** Begins, and ends with `stop`; the tables must be there. */
    start: (): void => {
      running ??= repeat();
    },
    /** Lets what is under way end. */
    stop: async (): Promise<void> => {
      stopping.abort();
      await running;
    },
  };
};

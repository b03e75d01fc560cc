import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@souk/service-kit/log.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { cancelUnpaid } from './open-checkouts.ts';

const intervalMs = 1_000;

interface UnpaidWatchParts {
  db: Database;
  log: Logger;
  /** Called after every commit that put events into the outbox. */
  onCommitted: () => void;
}

/** Cancels orders of checkouts within about a second after their time to pay is over. Every replica does; none twice. */
export const openUnpaidWatch = ({ db, log, onCommitted }: UnpaidWatchParts) => {
  const stopping = new AbortController();

  const look = async () => {
    while (!stopping.signal.aborted && (await cancelUnpaid(db, new Date())) > 0) onCommitted();
  };
  const watch = async () => {
    while (!stopping.signal.aborted) {
      await look().catch((err: unknown) => log.warn({ err }, 'unpaid orders could not be cancelled'));
      await sleep(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  let watching: Promise<void> | undefined;
  return {
    start: async () => {
      watching ??= watch();
    },
    stop: async () => {
      stopping.abort();
      await watching;
    },
  };
};

import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '@souk/service-kit/postgres/database.ts';

export interface RedactionWatch {
  /** Looks now. Rejects when Postgres does not answer. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

const intervalMs = 1_000;

/**
 * Calls `onRedacted` within about a second after any replica has redacted orders, and at the first look. While Postgres
 * is away nothing can be redacted; whatever was is seen when it is back.
 */
export const openRedactionWatch = (sql: Sql, onRedacted: () => void): RedactionWatch => {
  const stopping = new AbortController();
  let known: number | undefined;

  const look = async () => {
    const [row] = await sql<{ count: number }[]>`select count from order_redactions`;
    if (row?.count !== known) onRedacted();
    known = row?.count;
  };
  const watch = async () => {
    while (!stopping.signal.aborted) {
      await sleep(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (!stopping.signal.aborted) await look().catch(() => undefined);
    }
  };

  const watching = watch();
  return {
    look,
    stop: async () => {
      stopping.abort();
      await watching;
    },
  };
};

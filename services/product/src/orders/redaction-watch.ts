import type { Database } from '@souk/service-kit/postgres/database.ts';

const intervalMs = 1_000;

/**
 * Calls `onRedacted` within about a second after any replica has redacted orders, and at the first look. While Postgres
 * is away nothing can be redacted; whatever was is seen when it is back.
 */
export const redactionWatch = (db: Database, onRedacted: () => void) => {
  let known: number | undefined;
  return {
    name: 'look for redacted orders',
    intervalMs,
    run: async (): Promise<void> => {
      const [row] = await db.get(
        'order_redactions',
        (sql) => sql<{ count: number }[]>`select count from order_redactions`,
      );
      if (row?.count !== known) onRedacted();
      known = row?.count;
    },
  };
};

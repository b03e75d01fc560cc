import type { Database } from '@souk/service-kit/postgres/database.ts';

const intervalMs = 600_000;
/** A session of a month may have had thousands of refresh tokens, which are deleted with it. */
const batchMax = 100;

/**
 * Removes every ten minutes what nobody can use any more: sessions that are over, of users who never came back, and
 * tokens for new passwords. Several replicas share the work.
 */
export const expiredSessionsRemoval = (db: Database) => ({
  name: 'remove expired sessions',
  intervalMs,
  run: async () => {
    while ((await removeExpired(db)) === batchMax);
  },
});

/** At most a hundred of each; returns how many of that of which there were more. Their access tokens ended long before. */
const removeExpired = async (db: Database): Promise<number> => {
  const [removed] = await db.save(
    'remove_expired_sessions',
    (sql) => sql<[{ most: number }]>`
      with sessions_removed as (
        delete from sessions where id in (
          select id from sessions where expires_at <= now() order by expires_at limit ${batchMax}
          for update skip locked)
        returning id
      ), resets_removed as (
        delete from password_resets where hash in (
          select hash from password_resets where expires_at <= now() order by expires_at limit ${batchMax}
          for update skip locked)
        returning hash
      )
      select greatest((select count(*) from sessions_removed), (select count(*) from resets_removed))::integer as most`,
  );
  return removed.most;
};

import type { Database } from '@souk/service-kit/postgres/database.ts';
import type { PeriodicTask } from '@souk/service-kit/service/periodic-task.ts';

const intervalMs = 3_600_000;
const batchMax = 1_000;
/** What comes so long after the last moment that counts is no longer waited for. */
const lateMax = '7 days';

/** Closes experiments once an hour. Several replicas share the work. */
export const experimentClosing = (db: Database, now: () => Date): PeriodicTask => ({
  name: 'close experiments',
  intervalMs,
  run: async () => {
    while (await closeExperiments(db, now()));
  },
});

/**
 * Removes what users were shown and did in experiments that ended long ago, for up to 1,000 users; their figures stay,
 * and can still be taken back when a user is deleted. Returns whether there may be more.
 */
export const closeExperiments = (db: Database, now: Date): Promise<boolean> =>
  db.transaction('close_experiments', async (tx) => {
    const [ended] = await tx<{ name: string }[]>`
      select name from experiments
      where not is_closed
        and ends_at + (settings ->> 'purchase_ms')::bigint * interval '1 ms' + ${lateMax}::interval < ${now}
      limit 1 for update`;
    if (ended === undefined) return false;
    const { count } = await tx`
      update experiment_users set facts = null where (user_id, experiment) in (
        select user_id, experiment from experiment_users
        where experiment = ${ended.name} and facts is not null
        order by user_id limit ${batchMax} for update)`;
    if (count < batchMax) await tx`update experiments set is_closed = true where name = ${ended.name}`;
    return true;
  });

import type { Database } from '@souk/service-kit/postgres/database.ts';
import type { FunnelStep } from '../rollups/funnel-steps.ts';
import { inMs } from './bucket-in.ts';
import { latest, type TimeRange } from './window.ts';
import { within } from './within.ts';

/** Of each cohort, how many users were active in each week; both by their starts in milliseconds since the epoch. */
export type CohortWeeks = Record<number, Record<number, number>>;

export type JourneyRepository = ReturnType<typeof journeyRepository>;

export const journeyRepository = (db: Database) => ({
  /** How many users came to each step in a time range that ends now; a step that nobody came to is missing. */
  funnel: ({ from }: TimeRange): Promise<{ step: FunnelStep; users: number }[]> =>
    db.getAll(
      'funnel',
      (sql) => sql<{ step: FunnelStep; users: number }[]>`
      select step, sum(users)::bigint as users from funnel_counts where ${within(sql, { from, to: latest })}
      group by step`,
    ),

  /** The weeks up to `to`; one without any user is missing. In JSON, which is read much faster than rows. */
  cohorts: async ({ from, to }: TimeRange): Promise<CohortWeeks> => {
    const [{ cohorts }] = await db.get(
      'cohorts',
      (sql) => sql<[{ cohorts: CohortWeeks }]>`
      select coalesce(json_object_agg(${inMs(sql, 'cohort')}, weeks), '{}') as cohorts
      from (
        select cohort, json_object_agg(${inMs(sql, 'week')}, users) as weeks from cohort_counts
        where cohort >= ${from} and cohort < ${to} and week < ${to}
        group by cohort
      ) as cohorts`,
    );
    return cohorts;
  },
});

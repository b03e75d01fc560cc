import type { Database } from '@souk/service-kit/postgres/database.ts';
import type { FunnelStep } from '../rollups/funnel-steps.ts';
import { latest, type TimeRange } from './window.ts';
import { within } from './within.ts';

export interface CohortWeek {
  cohort: Date;
  week: Date;
  users: number;
}

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

  /** How many users of each cohort were active in each week, up to `to`; a week without any is missing. */
  cohorts: ({ from, to }: TimeRange): Promise<CohortWeek[]> =>
    db.getAll(
      'cohorts',
      (sql) => sql<CohortWeek[]>`
      select cohort, week, users from cohort_counts
      where cohort >= ${from} and cohort < ${to} and week < ${to}`,
    ),
});

import type { Database } from '@souk/service-kit/postgres/database.ts';
import type { ExperimentSettings } from './experiment-settings.ts';

/** The counts of one variant; see Figures in attribution.ts. */
export interface VariantCounts {
  variant: string;
  users: number;
  clicks: number;
  clicking_users: number;
  purchases: number;
  purchasing_users: number;
}

export interface ExperimentState {
  settings: ExperimentSettings;
  ends_at: Date | null;
  /** Of the variants of which anything is known. */
  counts: VariantCounts[];
}

export type ExperimentQuery = ReturnType<typeof experimentQuery>;

export const experimentQuery = (db: Database) => ({
  /** An experiment that is, or was, set; at most a row for each variant is read. */
  find: async (name: string): Promise<ExperimentState | undefined> => {
    const [row] = await db.get(
      'experiment',
      (sql) => sql<ExperimentState[]>`
      select settings, ends_at, (
        select coalesce(json_agg(v), '[]') from (
          select variant, users, clicks, clicking_users, purchases, purchasing_users
          from experiment_variants where experiment = name) as v) as counts
      from experiments where name = ${name}`,
    );
    return row;
  },
});

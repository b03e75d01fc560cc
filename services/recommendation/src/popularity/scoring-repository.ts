import type { Database } from '@souk/service-kit/postgres/database.ts';
import type { Weighing } from './popularity.ts';
import type { Scoring } from './scoring.ts';

/**
 * Ties the stored tables to the settings they are made with: stores the settings when there are none yet, and
 * throws `scoring_changed` when those that are there differ. They never change: a rebuild takes them away with
 * the tables.
 */
export const ensureScoring = async (
  db: Database,
  { other, interactionsMax, repeatsMax, ...own }: Scoring,
): Promise<void> => {
  const settings = {
    ...weighingSettings(own),
    interactions_max: interactionsMax,
    repeats_max: repeatsMax,
    ...(other && { other: weighingSettings(other) }),
  };
  const [stored] = await db.save(
    'ensure_scoring',
    (sql) => sql<[{ same: boolean; settings: object }]>`
    insert into scoring as t (settings) values (${sql.json(settings)})
    on conflict (only_row) do update set settings = t.settings
    returning settings = ${sql.json(settings)} as same, settings`,
  );
  if (stored.same) return;
  const message =
    `the stored scores were made with ${JSON.stringify(stored.settings)}, not with ${JSON.stringify(settings)}: ` +
    'go back to those settings, or build the scores again with `souk rebuild recommendation`';
  throw Object.assign(new Error(message), { code: 'scoring_changed' });
};

const weighingSettings = ({ weights, halfLifeMs }: Weighing) => ({
  half_life_ms: halfLifeMs,
  weights: Object.fromEntries(weights),
});

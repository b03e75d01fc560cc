import { isDeepStrictEqual } from 'node:util';
import { type Experiment, readExperiments } from '@souk/contracts/experiments.ts';
import { configError } from '@souk/service-kit/config/config-error.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';

/** What the rows of an experiment are made with; only its end may change later. */
export interface ExperimentSettings {
  start: string;
  share: number;
  click_ms: number;
  purchase_ms: number;
  /** By name, the first one is what the others are compared with. */
  variants: string[];
}

/** The experiments of the setting EXPERIMENTS. Throws a ConfigError that names every fault. */
export const experimentsOf = ({ EXPERIMENTS }: { EXPERIMENTS: string }): Experiment[] => {
  const read = readExperiments(EXPERIMENTS);
  if ('problems' in read) throw configError(read.problems.map((problem) => `EXPERIMENTS ${problem}`));
  return read.experiments;
};

/**
 * Stores the settings of experiments that are not known yet, and when those known end. Throws `experiment_changed` when
 * anything else differs: what is stored was made with the former settings.
 */
export const ensureExperiments = (db: Database, experiments: readonly Experiment[]): Promise<void> =>
  db.transaction('ensure_experiments', async (tx) => {
    for (const experiment of experiments) {
      const settings = settingsOf(experiment);
      const ends = Number.isFinite(experiment.endMs) ? new Date(experiment.endMs) : null;
      const [stored] = await tx<[{ settings: ExperimentSettings }]>`
        insert into experiments (name, settings, ends_at)
        values (${experiment.name}, ${JSON.stringify(settings)}::text::jsonb, ${ends})
        on conflict (name) do update set ends_at = excluded.ends_at
        returning settings`;
      if (!isDeepStrictEqual(stored.settings, settings))
        throw changed(experiment.name, stored.settings, settings);
    }
  });

const settingsOf = ({ startMs, share, clickMs, purchaseMs, variants }: Experiment): ExperimentSettings => ({
  start: new Date(startMs).toISOString(),
  share,
  click_ms: clickMs,
  purchase_ms: purchaseMs,
  variants: variants.map(({ name }) => name),
});

const changed = (name: string, stored: ExperimentSettings, given: ExperimentSettings) =>
  Object.assign(
    new Error(
      `the figures of the experiment ${name} were made with ${JSON.stringify(stored)}, not with ` +
        `${JSON.stringify(given)}: go back to those settings, choose another name, or build everything again with ` +
        '`souk rebuild analytics`',
    ),
    { code: 'experiment_changed' },
  );

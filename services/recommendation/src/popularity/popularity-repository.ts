import type { Database, TransactionSql } from '@souk/service-kit/postgres/database.ts';
import type { Score, Scoring } from './popularity.ts';

/**
 * Adds scores to the products', by product id, with one statement. A product that is not known yet gets a row
 * that is not available. In the order of the ids, so that two transactions never wait for each other in a circle.
 *
 * The sum of log_weights is mergeScores. `exp` fails when its result is too small for a double; from e^-50 on,
 * 1 + x is 1 anyway. A product without activity has null, which greatest and least leave out: the sum is then
 * the new value.
 */
export const addScores = async (tx: TransactionSql, scores: ReadonlyMap<string, Score>): Promise<void> => {
  const ids = [...scores.keys()];
  const weights = [...scores.values()].map(({ weight }) => weight);
  const logWeights = [...scores.values()].map(({ logWeight }) => logWeight);
  await tx`
    insert into products as p (product_id, weight, log_weight)
    select product_id, weight, log_weight
    from unnest(${ids}::uuid[], ${weights}::float8[], ${logWeights}::float8[])
      as added (product_id, weight, log_weight)
    order by product_id
    on conflict (product_id) do update set
      weight = p.weight + excluded.weight,
      log_weight = greatest(p.log_weight, excluded.log_weight)
        + ln(1 + exp(-least(abs(p.log_weight - excluded.log_weight), 50)))`;
};

/**
 * Ties the stored scores to the settings they are made with: stores the settings while there is no score yet,
 * and throws `scoring_changed` when they differ from those of the scores that are there.
 */
export const settleScoring = async (db: Database, { weights, halfLifeMs }: Scoring): Promise<void> => {
  const settings = { half_life_ms: halfLifeMs, weights: Object.fromEntries(weights) };
  await db.save(
    'settle_scoring',
    (sql) => sql`
    insert into scoring (settings) values (${sql.json(settings)})
    on conflict (only_row) do update set settings = excluded.settings
    where not exists (select from products where log_weight is not null)`,
  );
  const [stored] = await db.get(
    'read_scoring',
    (sql) => sql<[{ same: boolean; settings: object }]>`
    select settings = ${sql.json(settings)} as same, settings from scoring`,
  );
  if (stored.same) return;
  const message =
    `the stored scores were made with ${JSON.stringify(stored.settings)}, not with ${JSON.stringify(settings)}: ` +
    'go back to those settings, or empty the projection (see the README of recommendation)';
  throw Object.assign(new Error(message), { code: 'scoring_changed' });
};

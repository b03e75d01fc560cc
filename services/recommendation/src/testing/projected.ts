import { applyBatch } from '@souk/service-kit/kafka/apply-batch.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { createLogger } from '@souk/service-kit/log.ts';
import { createMetrics } from '@souk/service-kit/metrics/registry.ts';
import { type Database, openPostgres } from '@souk/service-kit/postgres/database.ts';
import { migrate } from '@souk/service-kit/postgres/migrate.ts';
import { projectionMigrations } from '@souk/service-kit/projection/migrations.ts';
import { testDatabase } from '@souk/testing/database.ts';
import { catalogueProjection } from '../catalogue/catalogue-projection.ts';
import { migrations } from '../migrations.ts';
import type { Scoring } from '../popularity/popularity.ts';
import { popularityProjection } from '../popularity/popularity-projection.ts';

export const testScoring: Scoring = {
  weights: new Map([
    ['view', 1],
    ['add_to_cart', 3],
    ['like', 2],
    ['purchase', 5],
  ]),
  halfLifeMs: 7 * 86_400_000,
};

export interface Projected {
  db: Database;
  /** Applies messages as the consumer does: one transaction for each topic and partition among them. */
  apply(messages: readonly ReceivedMessage[]): Promise<void>;
  /** Forgets everything, positions included. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** The service's tables in a database of their own, and the way events take into them. */
export const testProjected = async (): Promise<Projected> => {
  const database = await testDatabase('recommendation');
  const log = createLogger('recommendation', { LOG_LEVEL: 'silent', LOG_PRETTY: false });
  const metrics = createMetrics('recommendation');
  // One connection: a test that looks at the statistics of its session then sees its own.
  const db = openPostgres({ url: database.url, poolMax: 1, applicationName: 'test', metrics, log });
  await migrate(db, [projectionMigrations, migrations], log, metrics);
  const projections = [popularityProjection(testScoring), catalogueProjection];

  return {
    db,
    apply: async (messages) => {
      const lanes = Map.groupBy(messages, ({ topic, partition }) => `${topic}/${partition}`);
      for (const batch of lanes.values()) {
        const projection = projections.find(({ topic }) => topic.name === batch[0]?.topic);
        if (!projection) throw new Error('no projection for that topic');
        const sendDeadLetters = async () => {
          throw new Error('an event was refused');
        };
        await applyBatch({ db, group: 'recommendation', projection, sendDeadLetters }, batch, 1);
      }
    },
    clear: async () => {
      await db.sql`truncate products, scoring, consumer_positions`;
    },
    close: async () => {
      await db.end();
      await database.drop();
    },
  };
};

import { applyBatch } from '@souk/service-kit/consumer/apply-batch.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { clearProjections } from '@souk/service-kit/projection/rebuild.ts';
import { testMigrated } from '@souk/service-kit/testing/migrated.ts';
import { migrations } from '../migrations.ts';
import type { Scoring } from '../popularity/scoring.ts';
import { productProjection } from '../projections/product-projection.ts';
import { userProjection } from '../projections/user-projection.ts';

export const testScoring: Scoring = {
  weights: new Map([
    ['view', 1],
    ['add_to_cart', 3],
    ['like', 2],
    ['purchase', 5],
  ]),
  halfLifeMs: 7 * 86_400_000,
  interactionsMax: 150,
  repeatsMax: 3,
};

export interface Projected {
  db: Database;
  /** Applies messages as the consumer does: one transaction for each topic among them. */
  apply(messages: readonly ReceivedMessage[]): Promise<void>;
  /** Forgets everything, positions included. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The service's tables in a database of their own, and the way events take into them. With one connection a test
 * that looks at the statistics of its session sees its own.
 */
export const testProjected = async ({
  poolMax = 1,
  scoring = testScoring,
}: {
  poolMax?: number;
  scoring?: Scoring;
} = {}): Promise<Projected> => {
  const { db, close } = await testMigrated('recommendation', migrations, { poolMax });
  const subscriptions = [userProjection(scoring), productProjection(scoring)];

  return {
    db,
    apply: async (messages) => {
      for (const [name, batch] of Map.groupBy(messages, ({ topic }) => topic)) {
        const subscription = subscriptions.find(({ topic }) => topic === name);
        if (!subscription) throw new Error('no projection for that topic');
        const sendDeadLetters = async () => {
          throw new Error('an event was refused');
        };
        await applyBatch({ db, group: 'recommendation', subscription, sendDeadLetters }, batch, 1);
      }
    },
    clear: async () => {
      await clearProjections(db.sql);
      await db.sql`truncate dead_letters`;
    },
    close,
  };
};

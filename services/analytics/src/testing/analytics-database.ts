import type { Experiment } from '@souk/contracts/experiments.ts';
import { applyBatch } from '@souk/service-kit/consumer/apply-batch.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import type { OutgoingMessage } from '@souk/service-kit/kafka/producer.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { isTransient } from '@souk/service-kit/postgres/errors.ts';
import { clearProjections } from '@souk/service-kit/projection/rebuild.ts';
import { testMigrated } from '@souk/service-kit/testing/migrated.ts';
import { ensureExperiments } from '../experiments/experiment-settings.ts';
import { migrations } from '../migrations.ts';
import { productProjection } from '../projections/product-projection.ts';
import { userProjection } from '../projections/user-projection.ts';
import { bucketMs } from '../rollups/bucket.ts';
import { foldProducts } from '../rollups/fold-products.ts';
import { defaultCurrency } from '../rollups/own-currency.ts';
import { maintainRollups } from '../rollups/retention.ts';
import { ensureShopZone } from '../rollups/shop-time-zone.ts';

/** How many types are told apart, unless a test says otherwise. */
export const activityTypesMax = 20;

/** When the tests take place, unless they say otherwise. */
export const testNow = new Date('2026-03-18T09:47:12.345Z');

export interface AnalyticsDatabase {
  db: Database;
  /** Everything sent to a dead-letter topic so far. */
  deadLetters: OutgoingMessage[];
  /** Applies messages of one topic and partition as one batch, as the consumer does. */
  apply(messages: readonly ReceivedMessage[]): Promise<void>;
  /** Brings the figures of products up to date. */
  fold(now?: Date): Promise<void>;
  /** Moves on what rollups are kept, unless somebody is in the way. */
  maintain(): Promise<void>;
  /** Where the windows of empty tables end. */
  windowsUntil(until: Date): Promise<void>;
  /** Empties all tables and forgets the positions and dead letters. */
  clear(): Promise<void>;
  /** Forgets which activity types are told apart as well. */
  forgetTypes(): Promise<void>;
  drop(): Promise<void>;
}

/** The tables of this service in a new database. */
export const analyticsDatabase = async ({
  experiments = [],
  typesMax = activityTypesMax,
  shopZone = 'UTC',
  currency = defaultCurrency,
  poolMax = 5,
}: {
  experiments?: readonly Experiment[];
  typesMax?: number;
  shopZone?: string;
  /** Of the prices of activities. */
  currency?: string;
  poolMax?: number;
} = {}): Promise<AnalyticsDatabase> => {
  const { db, close } = await testMigrated('analytics', migrations, { poolMax });
  const prepare = async () => {
    await ensureShopZone(db, shopZone);
    await ensureExperiments(db, experiments);
  };
  await prepare();
  const deadLetters: OutgoingMessage[] = [];
  const usersOf = () => userProjection({ activityTypesMax: typesMax, currency, experiments });
  let users = usersOf();
  const products = productProjection(experiments);

  const windowsUntil = async (until: Date) => {
    await db.sql`update ranking_windows set until = ${until} where length is not null`;
    await db.sql`
      update rollup_retention set kept_from = case granularity
        when 'minute' then date_trunc('day', ${until}::timestamptz - interval '48 hours', 'UTC')
        else date_bin('15 days', ${until}::timestamptz - interval '90 days', 'epoch') end
      where granularity in ('minute', 'hour')`;
  };
  // Created with the clock of the server.
  await windowsUntil(new Date('2026-03-18T09:00:00Z'));

  return {
    db,
    deadLetters,
    windowsUntil,
    fold: async (now = testNow) => {
      while (await foldProducts(db, now));
    },
    maintain: () =>
      maintainRollups(db, { minute: 48 * bucketMs.hour, hour: 90 * bucketMs.day }).catch((error: unknown) => {
        if (!isTransient(error)) throw error;
      }),
    apply: async (messages) => {
      const subscription = [users, products].find(({ topic }) => topic === messages[0]?.topic);
      if (!subscription) return;
      const sendDeadLetters = async (sent: OutgoingMessage[]) => {
        deadLetters.push(...sent);
      };
      await applyBatch({ db, group: 'analytics', subscription, sendDeadLetters }, messages, 1);
    },
    clear: async () => {
      await clearProjections(db.sql);
      await prepare();
      await db.sql`truncate dead_letters`;
      deadLetters.length = 0;
    },
    forgetTypes: async () => {
      await db.sql`delete from activity_types where type not in ('view', 'like', 'add_to_cart', 'purchase')`;
      users = usersOf();
    },
    drop: close,
  };
};

import type { DecodedEvent } from '@souk/contracts/cloud-event.ts';
import type { userUpdates } from '@souk/contracts/user-updates.ts';
import { createLogger } from '@souk/service-kit/log.ts';
import { createMetrics } from '@souk/service-kit/metrics.ts';
import {
  type Database,
  intendedRollback,
  isIntendedRollback,
  openPostgres,
  type TransactionSql,
} from '@souk/service-kit/postgres/database.ts';
import { migrate } from '@souk/service-kit/postgres/migrate.ts';
import { clearProjections } from '@souk/service-kit/projection/rebuild.ts';
import type { CatalogueEntry } from '../catalogue/catalogue.ts';
import { userFacts } from '../interactions/facts.ts';
import { migrations } from '../migrations.ts';
import type { Scoring } from '../popularity/scoring.ts';
import { applyFacts } from '../projections/apply-facts.ts';
import { recommenderOf } from '../recommendation-http.ts';
import type { InteractionLog } from './interaction-log.ts';

/** What a shopper of the evaluation is asked for. */
export interface ServedQuestion {
  strategy: 'popular' | 'trending' | 'similar' | 'personal' | 'basket';
  user?: number;
  /** For `similar` the product, for `basket` the visit, oldest first. */
  products?: readonly number[];
  limit: number;
  atMs: number;
  /** Whether what the shopper had before may come again. */
  again: boolean;
}

/** The strategies over the tables as they are. Products by their place in the log, best first. */
export type Ask = (question: ServedQuestion) => Promise<number[]>;

/** Plays interactions of the log one by one, and asks in between. */
export type Play = (record: (at: number) => Promise<void>, ask: Ask) => Promise<void>;

const eventsPerTransaction = 1_000;
const productsPerTransaction = 2_000;

/**
 * The service itself, without Kafka, HTTP and cache: its projections fill its own tables, its strategies answer from
 * them. The database is emptied.
 */
export const openServed = async (url: string, scoring: Scoring) => {
  const log = createLogger('recommendation', { LOG_LEVEL: 'warn', LOG_PRETTY: false });
  const metrics = createMetrics('recommendation');
  const options = { url, poolMax: 2, applicationName: 'souk-evaluation', metrics, log };
  const db = openPostgres({ ...options, readTimeoutMs: 60_000 });
  await migrate(db, migrations, log, metrics);

  const askOver = (over: Database): Ask => {
    const strategies = recommenderOf(over, scoring);
    return async ({ strategy, user, products = [], limit, atMs, again }) => {
      const asked = { limit, exclude: [] };
      const now = new Date(atMs);
      const found =
        strategy === 'basket'
          ? await strategies.forBasket(
              { ...asked, items: products.map((one) => ({ productId: idOf(one) })) },
              now,
            )
          : await strategies.recommend(
              {
                ...asked,
                strategy,
                bought: again,
                ...(user === undefined ? {} : { userId: idOf(user) }),
                ...(strategy === 'similar' ? { productId: idOf(products[0] as number) } : {}),
              },
              now,
            );
      return found.map(({ row }) => placeOf(row.product_id));
    };
  };

  /** The times of a user's interactions, in the order of the log: those that are equal are a millisecond apart. */
  const eventsOf = (events: InteractionLog) => {
    const newest = new Float64Array(events.userCount).fill(Number.NEGATIVE_INFINITY);
    return (at: number): DecodedEvent<typeof userUpdates> => {
      const user = events.users[at] as number;
      const atMs = Math.max(events.atMs[at] as number, (newest[user] as number) + 1);
      newest[user] = atMs;
      return activity(events, at, atMs);
    };
  };
  const apply = (tx: TransactionSql, events: DecodedEvent<typeof userUpdates>[]) =>
    applyFacts(tx, userFacts(events, scoring), [], scoring);

  /** A transaction that may take as long as it must: no shopper waits, and the machine may be busy. */
  const unhurried = (work: (tx: TransactionSql) => Promise<unknown>) =>
    db.migrationSql.begin(async (begun) => {
      const tx = begun as unknown as TransactionSql;
      await tx`set local transaction_timeout = 0`;
      await work(tx);
    });

  return {
    ask: askOver(db),
    /** Empties the tables, then lets the projections apply these places of the log in their order. */
    project: async (events: InteractionLog, places: Int32Array, onDone: (count: number) => void) => {
      await clearProjections(db.sql);
      const entries = Array.from({ length: events.productCount }, (_, product) => entryOf(product));
      for (let from = 0; from < entries.length; from += productsPerTransaction) {
        const none = { shoppers: new Map(), productIds: new Map() };
        const some = entries.slice(from, from + productsPerTransaction);
        await unhurried((tx) => applyFacts(tx, none, some, scoring));
      }
      const eventOf = eventsOf(events);
      for (let from = 0; from < places.length; from += eventsPerTransaction) {
        const batch = Array.from(places.subarray(from, from + eventsPerTransaction), eventOf);
        await unhurried((tx) => apply(tx, batch));
        onDone(batch.length);
      }
      await db.migrationSql`vacuum analyze`;
    },
    /** What is played in a transaction that is rolled back: the tables are as before. */
    play: async (events: InteractionLog, play: Play): Promise<void> => {
      const eventOf = eventsOf(events);
      await unhurried(async (tx) => {
        const read: Database['get'] = (_operation, query) =>
          Promise.resolve(query(tx as unknown as Database['sql']));
        const ask = askOver({ ...db, get: read, getAll: read });
        await play((at) => apply(tx, [eventOf(at)]), ask);
        throw intendedRollback('played');
      }).catch((error: unknown) => {
        if (!isIntendedRollback(error)) throw error;
      });
    },
    close: () => db.end(),
  };
};

export type Served = Awaited<ReturnType<typeof openServed>>;

const idOf = (place: number): string => `00000000-0000-7000-8000-${place.toString(16).padStart(12, '0')}`;

const placeOf = (id: string): number => Number.parseInt(id.slice(24), 16);

const entryOf = (product: number): CatalogueEntry => ({
  productId: idOf(product),
  version: 1,
  name: `${product}`,
  priceMinor: 100,
  currency: 'USD',
  category: null,
  available: true,
});

const activity = (events: InteractionLog, at: number, atMs: number): DecodedEvent<typeof userUpdates> => {
  const occurredAt = new Date(atMs);
  const userId = idOf(events.users[at] as number);
  return {
    ...{ id: `${at}`, source: '/souk/user', key: userId, sequence: BigInt(at + 1), time: occurredAt },
    type: 'user.activity_recorded.v1',
    data: {
      event_id: idOf(at),
      user_id: userId,
      type: events.typeNames[events.types[at] as number] as string,
      product_id: idOf(events.products[at] as number),
      quantity: null,
      unit_price_minor: null,
      occurred_at: occurredAt.toISOString(),
    },
  };
};

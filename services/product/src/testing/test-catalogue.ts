import { randomUUID } from 'node:crypto';
import type { DecodedEvent } from '@souk/contracts/cloud-event.ts';
import { productUpdates } from '@souk/contracts/product-updates.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import type { Logger } from '@souk/service-kit/log.ts';
import type { Metrics } from '@souk/service-kit/metrics.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { testMigrated } from '@souk/service-kit/testing/migrated.ts';
import { publishedEvents } from '@souk/service-kit/testing/published.ts';
import { type Answer, asker, testHttpOptions } from '@souk/service-kit/testing/test-http.ts';
import { migrations } from '../migrations.ts';
import { openOrderBook } from '../orders/order-book.ts';
import { productHttp } from '../product-http.ts';

export const testPaymentSecret = 'test-secret';

export const cacheLimits = { entriesMax: 20, bytesMax: 1_000_000 };

export interface TestCatalogue {
  db: Database;
  log: Logger;
  metrics: Metrics;
  http: Http;
  send: ReturnType<typeof asker>;
  /** Creates a product and returns its view. */
  create(fields?: object): Promise<Answer['body']>;
  /** Every event in the outbox in the order of its numbers, through the wire form and the contract. */
  events(): Promise<DecodedEvent<typeof productUpdates>[]>;
  /** How often a commit has been reported. */
  commits(): number;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** The catalogue's routes over a database of its own, without Kafka; answers are checked against their schemas. */
export const testCatalogue = async (): Promise<TestCatalogue> => {
  const { db, log, metrics, close } = await testMigrated('product', migrations);
  let commits = 0;
  const onCommitted = () => {
    commits += 1;
  };
  const orders = openOrderBook({ db, log, metrics, cacheLimits, onCommitted });
  await orders.warm();
  const http = await productHttp({
    db,
    orders,
    payWithinMs: 60_000,
    paymentSecrets: new Map([['test', testPaymentSecret]]),
    onCommitted,
    ...testHttpOptions('product', { log, metrics }),
  });
  const send = asker(http);
  return {
    db,
    log,
    metrics,
    http,
    send,
    create: async (fields = {}) => {
      const body = { name: 'Lantern', price: 3.39, ...fields };
      const key = { 'idempotency-key': randomUUID() };
      let answer = await send('POST', '/api/v1/products', body, key);
      // On a slow machine Postgres may be away for a moment.
      while (answer.status === 503) answer = await send('POST', '/api/v1/products', body, key);
      if (answer.status !== 201) throw new Error(`not created: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    events: () => publishedEvents(db.sql, productUpdates),
    commits: () => commits,
    clear: async () => {
      await db.sql`truncate products, orders, outbox, erased_customers, carts cascade`;
    },
    close: async () => {
      await http.close();
      await orders.stop();
      await close();
    },
  };
};

/** The version that an event of a product's state carries; a purchase has none. */
export const versionOf = (data: object): unknown => ('version' in data ? data.version : undefined);

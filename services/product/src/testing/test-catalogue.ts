import { randomUUID } from 'node:crypto';
import { type DecodedEvent, decodeEvent, encodeEvent } from '@souk/contracts/cloud-event.ts';
import { productUpdates } from '@souk/contracts/product-updates.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { createLogger, type Logger } from '@souk/service-kit/log.ts';
import { createMetrics, type Metrics } from '@souk/service-kit/metrics.ts';
import { readEvents } from '@souk/service-kit/outbox/outbox-store.ts';
import { type Database, openPostgres } from '@souk/service-kit/postgres/database.ts';
import { migrate } from '@souk/service-kit/postgres/migrate.ts';
import { createHealth } from '@souk/service-kit/service/health.ts';
import { testDatabase } from '@souk/testing/database.ts';
import { migrations } from '../migrations.ts';
import { openOrderBook } from '../orders/order-book.ts';
import { productHttp } from '../product-http.ts';

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
  body: any;
}

export const testPaymentSecret = 'test-secret';

export const cacheLimits = { entriesMax: 20, bytesMax: 1_000_000 };

export interface TestCatalogue {
  db: Database;
  log: Logger;
  metrics: Metrics;
  http: Http;
  /** A request with a JSON body, or none. */
  send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    body?: unknown,
    headers?: object,
  ): Promise<Answer>;
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
  const database = await testDatabase('product');
  const log = createLogger('product', { LOG_LEVEL: process.env.TEST_LOG ?? 'silent', LOG_PRETTY: false });
  const metrics = createMetrics('product');
  const health = createHealth('product', '0.0.0');
  const db = openPostgres({ url: database.url, poolMax: 5, applicationName: 'product', metrics, log });
  await migrate(db, migrations, log, metrics);
  let commits = 0;
  const onCommitted = () => {
    commits += 1;
  };
  const orders = openOrderBook({ db, metrics, cacheLimits, onCommitted });
  const http = await productHttp({
    db,
    orders,
    payWithinMs: 60_000,
    paymentSecrets: new Map([['test', testPaymentSecret]]),
    onCommitted,
    log,
    metrics,
    health,
    version: '0.0.0',
    bodyLimitBytes: 1_048_576,
    validateResponses: true,
  });
  health.started();

  const send: TestCatalogue['send'] = async (method, url, body, headers = {}) => {
    const response = await http.inject({
      method,
      url,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { payload: isRaw(body) ? body : JSON.stringify(body) }),
    });
    const isJson = /json/.test(String(response.headers['content-type'])) && response.body !== '';
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson ? response.json() : response.body,
    };
  };

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
    events: async () => {
      const rows = await readEvents(db.sql, { after: 0, fence: Number.MAX_SAFE_INTEGER, limit: 100_000 });
      return rows.map((row) => {
        const event = decodeEvent(productUpdates, encodeEvent(productUpdates.source, row));
        if (!event) throw new Error(`an event the contract does not know: ${row.type}`);
        return event;
      });
    },
    commits: () => commits,
    clear: async () => {
      await db.sql`truncate products, orders, outbox, erased_customers, carts cascade`;
    },
    close: async () => {
      await http.close();
      await orders.stop();
      await db.end();
      await database.drop();
    },
  };
};

/** The version that an event of a product's state carries; a purchase has none. */
export const versionOf = (data: object): unknown => ('version' in data ? data.version : undefined);

const isRaw = (body: unknown): body is string | Buffer => typeof body === 'string' || Buffer.isBuffer(body);

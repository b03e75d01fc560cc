import { productUpdates } from '@souk/contracts/product-updates.ts';
import { consume } from '@souk/service-kit/consumer/consume.ts';
import { createLogger } from '@souk/service-kit/log.ts';
import { createMetrics } from '@souk/service-kit/metrics.ts';
import { outboxRelay } from '@souk/service-kit/outbox/relay.ts';
import { openPostgres } from '@souk/service-kit/postgres/database.ts';
import { createHealth } from '@souk/service-kit/service/health.ts';
import { type AssembledService, assembleService } from '@souk/service-kit/service/service.ts';
import { startTracing } from '@souk/service-kit/tracing/tracing.ts';
import manifest from '../package.json' with { type: 'json' };
import type { ProductConfig } from './config.ts';
import { migrateProducts } from './migrations.ts';
import { openOrderBook } from './orders/order-book.ts';
import { orderSubscription } from './orders/order-subscription.ts';
import { productHttp } from './product-http.ts';

const name = 'product';

/** The product service out of its parts: catalogue and orders over Postgres, the relay, the intake of orders. */
export const buildProductService = async (config: ProductConfig): Promise<AssembledService> => {
  const log = createLogger(name, config);
  const metrics = createMetrics(name);
  const health = createHealth(name, manifest.version);
  const stops: (() => unknown)[] = [];

  stops.push(await startTracing({ service: name, version: manifest.version, config }));
  const db = openPostgres({
    url: config.DATABASE_URL,
    poolMax: config.DATABASE_POOL_MAX,
    applicationName: name,
    metrics,
    log,
  });
  stops.push(() => db.end());
  health.dependency('postgres', { check: () => db.ping(), critical: true, neededToServe: true });

  const relay = outboxRelay({
    databaseUrl: config.DATABASE_URL,
    db,
    brokers: config.KAFKA_BROKERS,
    topic: productUpdates,
    log,
    metrics,
  });
  stops.push(() => relay.stop());

  const consumption = consume({
    group: name,
    brokers: config.KAFKA_BROKERS,
    fetchWaitMaxMs: config.KAFKA_FETCH_WAIT_MAX_MS,
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
    subscriptions: [orderSubscription],
    db,
    metrics,
    log,
    onCommitted: relay.wake,
  });
  stops.push(() => consumption.stop());
  health.dependency('kafka', { check: consumption.check, critical: true });
  // Apart from it: without Postgres nothing is published either, and what the consumer does then must be seen.
  health.dependency('outbox', { check: relay.check, critical: true });

  const orders = openOrderBook({
    db,
    metrics,
    cacheLimits: { entriesMax: config.ORDER_CACHE_MAX, bytesMax: config.ORDER_CACHE_BYTES_MAX },
    onCommitted: relay.wake,
  });

  const http = await productHttp({
    db,
    orders,
    onCommitted: relay.wake,
    log,
    metrics,
    health,
    version: manifest.version,
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
    validateResponses: config.VALIDATE_RESPONSES,
  });

  const kafka = `kafka at ${config.KAFKA_BROKERS}`;
  const prepareDatabase = async () => {
    await migrateProducts({ db, log, metrics });
    await orders.warm();
  };
  const startup = [
    { waitsFor: `postgres at ${new URL(config.DATABASE_URL).host}`, start: prepareDatabase },
    { waitsFor: kafka, start: relay.connect },
    { waitsFor: kafka, start: consumption.join },
  ];
  return assembleService({ name, log, http, health, config, startup, stops });
};

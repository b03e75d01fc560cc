import { productUpdates } from '@souk/contracts/product-updates.ts';
import { openConsumer, openRelay } from '@souk/service-kit/service/kafka-parts.ts';
import { openParts } from '@souk/service-kit/service/parts.ts';
import { openPeriodicTask } from '@souk/service-kit/service/periodic-task.ts';
import { type AssembledService, assembleService } from '@souk/service-kit/service/service.ts';
import manifest from '../package.json' with { type: 'json' };
import { unpaidWatch } from './checkout/unpaid-watch.ts';
import { userSubscription } from './checkout/user-subscription.ts';
import type { ProductConfig } from './config.ts';
import { migrations } from './migrations.ts';
import { openOrderBook } from './orders/order-book.ts';
import { orderMetrics } from './orders/order-metrics.ts';
import { orderSubscription } from './orders/order-subscription.ts';
import { readProviderSecrets } from './payments/provider-secrets.ts';
import { productHttp } from './product-http.ts';

/** The product service: catalogue and orders over Postgres, the relay of their events, the intake of orders. */
export const buildProductService = async (config: ProductConfig): Promise<AssembledService> => {
  const parts = await openParts({ name: 'product', version: manifest.version, config, migrations });
  const { db, log, metrics } = parts;
  const relay = openRelay(parts, {
    topic: productUpdates,
    auditDays: config.AUDIT_RETENTION_DAYS,
    dependency: 'outbox',
  });
  const onCommitted = relay.wake;
  const orders = openOrderBook({
    db,
    log,
    metrics,
    cacheLimits: { entriesMax: config.ORDER_CACHE_MAX, bytesMax: config.ORDER_CACHE_BYTES_MAX },
    onCommitted,
  });
  parts.stops.push(orders.stop);
  parts.startup.push({ waitsFor: parts.waitsFor.postgres, start: orders.warm });
  const unpaid = openPeriodicTask(unpaidWatch({ db, log, metrics: orderMetrics(metrics), onCommitted }), log);
  parts.stops.push(unpaid.stop);
  parts.startup.push({ waitsFor: parts.waitsFor.postgres, start: unpaid.start });
  openConsumer(parts, config, { subscriptions: [orderSubscription, userSubscription], onCommitted });
  const http = await productHttp({
    ...parts.httpOptions,
    ...{ db, orders, onCommitted },
    payWithinMs: config.CHECKOUT_PAY_WITHIN_MS,
    paymentSecrets: readProviderSecrets(config.PAYMENT_SECRETS, config.PUBLISHED_ADDRESS ?? config.HOST),
  });
  return assembleService(parts, http);
};

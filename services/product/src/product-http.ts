import { auditRoutes } from '@souk/service-kit/audit/audit-routes.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { buildHttp, type HttpOptions } from '@souk/service-kit/http/server.ts';
import { outboxRoute } from '@souk/service-kit/outbox/outbox-route.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { positionRoutes } from '@souk/service-kit/projection/position-routes.ts';
import { createCatalogue } from './catalogue/catalogue.ts';
import { productBatchRoutes } from './catalogue/product-batch-routes.ts';
import { productRoutes } from './catalogue/product-routes.ts';
import { productSearch } from './catalogue/product-search.ts';
import { checkoutRoutes } from './checkout/checkout-routes.ts';
import { createCheckouts } from './checkout/checkouts.ts';
import type { OrderBook } from './orders/order-book.ts';
import { orderDocumentRoutes } from './orders/order-document-routes.ts';
import { orderListRoutes } from './orders/order-list-routes.ts';
import { orderMetrics } from './orders/order-metrics.ts';
import { orderReturnRoutes } from './orders/order-return-routes.ts';
import { orderStatusRoutes } from './orders/order-status-routes.ts';
import { orderPage } from './orders/page/order-page.ts';
import { statsRoute } from './orders/stats-route.ts';
import { stuckOrdersRoute } from './orders/stuck-orders-route.ts';
import { paymentRoutes } from './payments/payment-routes.ts';
import type { ProviderSecrets } from './payments/provider-secrets.ts';
import { refundRoutes } from './payments/refund-routes.ts';

export interface ProductHttpOptions extends Omit<HttpOptions, 'name' | 'description' | 'idempotency'> {
  db: Database;
  orders: OrderBook;
  /** How long an order of a checkout waits for its payment, in milliseconds. */
  payWithinMs: number;
  paymentSecrets: ProviderSecrets;
  /** Called after every commit that may have put events into the outbox. */
  onCommitted: () => void;
}

/** The HTTP side of the product service over a database whose schema is up to date. */
export const productHttp = async ({
  db,
  orders,
  payWithinMs,
  paymentSecrets,
  onCommitted,
  ...options
}: ProductHttpOptions): Promise<Http> => {
  const http = await buildHttp({
    ...options,
    idempotency: { db, onCommitted },
    name: 'product',
    description: 'The catalogue: products, their prices and stock; and the orders for them.',
  });
  auditRoutes(http, db);
  outboxRoute(http, db);
  positionRoutes(http, db);
  const catalogue = createCatalogue({ db, onCommitted });
  productRoutes(http, { catalogue, search: productSearch(db) });
  await productBatchRoutes(http, catalogue);
  await orderDocumentRoutes(http, orders);
  orderListRoutes(http, orders);
  const metrics = orderMetrics(options.metrics);
  checkoutRoutes(http, createCheckouts({ db, payWithinMs, metrics, onCommitted }));
  await orderStatusRoutes(http, orders);
  orderReturnRoutes(http, orders);
  stuckOrdersRoute(http, db);
  await paymentRoutes(http, { db, secrets: paymentSecrets, metrics, onCommitted });
  refundRoutes(http, { db, metrics });
  statsRoute(http, { orders, metrics: options.metrics });
  orderPage(http);
  return http;
};

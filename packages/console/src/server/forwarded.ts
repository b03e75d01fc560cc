import type { ServiceName } from '@souk/contracts/services.ts';

/**
 * The operations that the page may ask of the services, by method and path of their OpenAPI documents. What gives
 * tokens or keys is not among them: the page never has any.
 */
export const forwarded: Readonly<Record<ServiceName, readonly string[]>> = {
  user: [
    'GET /api/v1/users',
    'POST /api/v1/users',
    'GET /api/v1/users/{id}',
    'PUT /api/v1/users/{id}',
    'DELETE /api/v1/users/{id}',
    'GET /api/v1/events',
    'GET /api/v1/events/{id}',
    'GET /api/v1/audit',
    'GET /health',
    'GET /metrics',
  ],
  product: [
    'GET /api/v1/products',
    'POST /api/v1/products',
    'GET /api/v1/products/{id}',
    'PUT /api/v1/products/{id}',
    'DELETE /api/v1/products/{id}',
    'GET /api/v1/orders',
    'GET /api/v1/orders/{order_uid}',
    'GET /api/v1/orders/{order_uid}/status',
    'PATCH /api/v1/orders/{order_uid}/status',
    'POST /api/v1/orders/{order_uid}/cancellations',
    'POST /api/v1/orders/{order_uid}/returns',
    'GET /api/v1/stuck-orders',
    'GET /api/v1/audit',
    'GET /stats',
    'GET /health',
    'GET /metrics',
  ],
  recommendation: [
    'GET /api/v1/recommendations',
    'POST /api/v1/recommendations/basket',
    'GET /api/v1/recommendations/explain',
    'POST /api/v1/recommendations/explain',
    'GET /api/v1/products/{id}/similar',
    'GET /health',
    'GET /metrics',
  ],
  analytics: [
    'GET /api/v1/analytics/summary',
    'GET /api/v1/analytics/products/top',
    'GET /api/v1/analytics/products/{id}',
    'GET /api/v1/analytics/users/active',
    'GET /api/v1/analytics/users/{id}',
    'GET /api/v1/analytics/experiments/{name}',
    'GET /api/v1/analytics/events',
    'GET /api/v1/analytics/funnel',
    'GET /api/v1/analytics/cohorts',
    'GET /api/v1/analytics/stream',
    'GET /health',
    'GET /metrics',
  ],
};

import type { paths as AnalyticsPaths } from '@souk/client/generated/analytics.ts';
import type { paths as ProductPaths } from '@souk/client/generated/product.ts';
import type { paths as RecommendationPaths } from '@souk/client/generated/recommendation.ts';
import type { paths as UserPaths } from '@souk/client/generated/user.ts';
import type { ServiceName } from '@souk/contracts/services.ts';

/** Every operation of a document, such as `GET /api/v1/users`: the compiler knows of no other. */
type OperationOf<Paths> = {
  [Path in keyof Paths & string]: {
    [Method in keyof Paths[Path] & string]: Paths[Path][Method] extends { responses: unknown }
      ? `${Uppercase<Method>} ${Path}`
      : never;
  }[keyof Paths[Path] & string];
}[keyof Paths & string];

/**
 * The operations that the page may ask of a service, by method and path of its OpenAPI document. What gives tokens or
 * keys is not among them: the page never has any.
 */
export const forwarded = (service: ServiceName): readonly string[] =>
  service in listed ? listed[service as keyof typeof listed] : [];

const listed: {
  readonly user: readonly OperationOf<UserPaths>[];
  readonly product: readonly OperationOf<ProductPaths>[];
  readonly recommendation: readonly OperationOf<RecommendationPaths>[];
  readonly analytics: readonly OperationOf<AnalyticsPaths>[];
} = {
  user: [
    'GET /api/v1/users',
    'GET /api/v1/users/{id}',
    'PUT /api/v1/users/{id}',
    'DELETE /api/v1/users/{id}',
    'GET /api/v1/events',
    'GET /api/v1/events/{id}',
  ],
  product: [
    'GET /api/v1/products',
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
  ],
  recommendation: [
    'GET /api/v1/recommendations',
    'POST /api/v1/recommendations/basket',
    'GET /api/v1/recommendations/explain',
    'POST /api/v1/recommendations/explain',
    'GET /api/v1/recommendations/what-if',
    'GET /api/v1/products/{id}/similar',
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
  ],
};

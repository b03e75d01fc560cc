import createClient from 'openapi-fetch';
import type { paths as AnalyticsPaths } from './generated/analytics.ts';
import type { paths as ProductPaths } from './generated/product.ts';
import type { paths as RecommendationPaths } from './generated/recommendation.ts';
import type { paths as UserPaths } from './generated/user.ts';

export interface SoukClientOptions {
  /** Addresses without a slash at the end, such as http://127.0.0.1:8080. */
  urls: Record<'user' | 'product' | 'recommendation' | 'analytics', string>;
  /** Instead of the global one, such as createRetryingFetch(). */
  fetch?: (request: Request) => Promise<Response>;
}

export type SoukClient = ReturnType<typeof createSoukClient>;

/**
 * A client of each service, typed by its OpenAPI document: paths, bodies and answers are checked by the compiler.
 * A call gives `data` or `error` beside the `response`; see dataOf.
 */
export const createSoukClient = ({
  urls,
  fetch = (request) => globalThis.fetch(request),
}: SoukClientOptions) => ({
  user: createClient<UserPaths>({ baseUrl: urls.user, fetch }),
  product: createClient<ProductPaths>({ baseUrl: urls.product, fetch }),
  recommendation: createClient<RecommendationPaths>({ baseUrl: urls.recommendation, fetch }),
  analytics: createClient<AnalyticsPaths>({ baseUrl: urls.analytics, fetch }),
});

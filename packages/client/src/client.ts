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
  /** An access token, where the services require one. */
  token?: string;
}

export type SoukClient = ReturnType<typeof createSoukClient>;

/**
 * A client of each service, typed by its OpenAPI document: paths, bodies and answers are checked by the compiler.
 * A call gives `data` or `error` beside the `response`; see dataOf.
 */
export const createSoukClient = ({
  urls,
  fetch = (request) => globalThis.fetch(request),
  token,
}: SoukClientOptions) => {
  const options = { fetch, ...(token ? { headers: { authorization: `Bearer ${token}` } } : {}) };
  return {
    user: createClient<UserPaths>({ baseUrl: urls.user, ...options }),
    product: createClient<ProductPaths>({ baseUrl: urls.product, ...options }),
    recommendation: createClient<RecommendationPaths>({ baseUrl: urls.recommendation, ...options }),
    analytics: createClient<AnalyticsPaths>({ baseUrl: urls.analytics, ...options }),
  };
};

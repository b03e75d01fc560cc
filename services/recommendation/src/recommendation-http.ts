import type { ResponseCache } from '@souk/service-kit/cache/response-cache.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { buildHttp, type HttpOptions } from '@souk/service-kit/http/server.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { recommendationRepository } from './recommendations/recommendation-repository.ts';
import { recommendationRoutes } from './recommendations/recommendation-routes.ts';

export interface RecommendationHttpOptions extends Omit<HttpOptions, 'name' | 'description'> {
  db: Database;
  cache: ResponseCache;
  halfLifeMs: number;
  now: () => Date;
}

/** The HTTP side of the recommendation service over a database whose schema is up to date. */
export const recommendationHttp = async ({
  db,
  cache,
  halfLifeMs,
  now,
  ...options
}: RecommendationHttpOptions): Promise<Http> => {
  const http = await buildHttp({
    ...options,
    name: 'recommendation',
    description: 'What to show to a shopper: products by all-time popularity, or by what is trending now.',
  });
  recommendationRoutes(http, { products: recommendationRepository(db), cache, halfLifeMs, now });
  return http;
};

import type { ResponseCache } from '@souk/service-kit/cache/response-cache.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { buildHttp, type HttpOptions } from '@souk/service-kit/http/server.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { positionRoutes } from '@souk/service-kit/projection/position-routes.ts';
import type { VariantSetting, Variants } from './experiments/variants.ts';
import { neighbourRepository } from './neighbours/neighbour-repository.ts';
import { type NeighbourhoodSettings, neighbourhood } from './neighbours/neighbourhood.ts';
import type { Weighing } from './popularity/popularity.ts';
import type { Scoring } from './popularity/scoring.ts';
import { explainRoutes } from './recommendations/explain-routes.ts';
import { recommendationRepository } from './recommendations/recommendation-repository.ts';
import { recommendationRoutes } from './recommendations/recommendation-routes.ts';
import { type Recommender, recommender } from './recommendations/recommender.ts';
import { whatIfRoutes } from './recommendations/what-if-routes.ts';

export interface RecommendationHttpOptions extends Omit<HttpOptions, 'name' | 'description'> {
  db: Database;
  cache: ResponseCache;
  scoring: Scoring;
  variants: Variants;
  now: () => Date;
}

/** The HTTP side of the recommendation service over a database whose schema is up to date. */
export const recommendationHttp = async ({
  db,
  cache,
  scoring,
  variants,
  now,
  ...options
}: RecommendationHttpOptions): Promise<Http> => {
  const http = await buildHttp({
    ...options,
    name: 'recommendation',
    description:
      'What to show to a shopper: for a user, for a session, similar to a product, trending now, or popular.',
  });
  positionRoutes(http, db);
  const byVariant = new Map<VariantSetting, Recommender>(
    variants.all.map((variant) => [variant, recommenderOf(db, variant)]),
  );
  const own = recommenderOf(db, scoring);
  const recommenderFor = (variant?: VariantSetting) => (variant && byVariant.get(variant)) ?? own;
  recommendationRoutes(http, { recommenderFor, variants, cache, now });
  explainRoutes(http, { recommenderFor, variants, now });
  whatIfRoutes(http, { db, own: scoring, now });
  return http;
};

interface RecommenderSettings extends Weighing {
  /** Whether the scores are those of the other weighing. */
  isOther?: boolean;
  neighbourhood?: NeighbourhoodSettings;
}

/** Every strategy over the tables of a database. */
export const recommenderOf = (
  db: Database,
  { weights, halfLifeMs, isOther = false, neighbourhood: settings }: RecommenderSettings,
): Recommender => {
  const shoppers = neighbourRepository(db);
  const products = recommendationRepository(db, isOther ? 'other' : 'own');
  return recommender({
    products,
    shoppers,
    neighbours: neighbourhood({ shoppers, products }, weights, settings),
    halfLifeMs,
  });
};

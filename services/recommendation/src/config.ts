import { services } from '@souk/contracts/services.ts';
import { kafkaConsumerEnv, redisEnv, serviceEnv } from '@souk/service-kit/config/env-fields.ts';
import Type, { type Static } from 'typebox';
import type { Scoring } from './popularity/popularity.ts';

const weight = (preset: number) => Type.Number({ minimum: 0, maximum: 1_000, default: preset });

export const configSchema = Type.Object({
  ...serviceEnv(services.recommendation.port),
  ...kafkaConsumerEnv,
  ...redisEnv,
  /** What one activity of a type adds to the popularity of its product. */
  WEIGHT_VIEW: weight(1),
  WEIGHT_ADD_TO_CART: weight(3),
  WEIGHT_LIKE: weight(2),
  WEIGHT_PURCHASE: weight(5),
  /** In this time an activity loses half of its weight in what is trending. */
  TRENDING_HALF_LIFE_DAYS: Type.Number({ minimum: 0.05, maximum: 3_650, default: 7 }),
});

export type RecommendationConfig = Static<typeof configSchema>;

const dayMs = 86_400_000;

export const scoringOf = (config: RecommendationConfig): Scoring => ({
  weights: new Map([
    ['view', config.WEIGHT_VIEW],
    ['add_to_cart', config.WEIGHT_ADD_TO_CART],
    ['like', config.WEIGHT_LIKE],
    ['purchase', config.WEIGHT_PURCHASE],
  ]),
  halfLifeMs: config.TRENDING_HALF_LIFE_DAYS * dayMs,
});

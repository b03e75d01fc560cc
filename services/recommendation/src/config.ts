import { services } from '@souk/contracts/services.ts';
import { type Static, Type } from '@souk/contracts/typebox.ts';
import {
  kafkaConsumerEnv,
  projectionEnv,
  redisEnv,
  serviceEnv,
} from '@souk/service-kit/config/env-fields.ts';
import { settingsOf } from '@souk/service-kit/projection/beside.ts';
import type { Scoring } from './popularity/scoring.ts';

const weight = (preset: number) => Type.Number({ minimum: 0, maximum: 1_000, default: preset });

/** What the tables depend on. */
const projectionFields = {
  /** What one activity of a type adds to the popularity of its product. */
  WEIGHT_VIEW: weight(1),
  WEIGHT_ADD_TO_CART: weight(3),
  WEIGHT_LIKE: weight(2),
  WEIGHT_PURCHASE: weight(5),
  /** In this time an activity loses half of its weight in what is trending. */
  TRENDING_HALF_LIFE_DAYS: Type.Number({ minimum: 0.05, maximum: 3_650, default: 7 }),
  /** How many of the newest interactions of a shopper count, and among them of one type with one product. */
  INTERACTIONS_PER_SHOPPER_MAX: Type.Integer({ minimum: 1, maximum: 500, default: 150 }),
  REPEATS_MAX: Type.Integer({ minimum: 1, maximum: 100, default: 3 }),
  /** As a JSON array; see the README. The analytics service reads the same. */
  EXPERIMENTS: Type.String({ default: '[]' }),
};

export const configSchema = Type.Object({
  ...serviceEnv(services.recommendation.port),
  ...kafkaConsumerEnv,
  ...projectionEnv,
  ...redisEnv,
  ...projectionFields,
});

export type RecommendationConfig = Static<typeof configSchema>;

export const projectionSettings = (config: RecommendationConfig) => settingsOf(config, projectionFields);

const dayMs = 86_400_000;

export const scoringOf = (config: RecommendationConfig): Scoring => ({
  weights: new Map([
    ['view', config.WEIGHT_VIEW],
    ['add_to_cart', config.WEIGHT_ADD_TO_CART],
    ['like', config.WEIGHT_LIKE],
    ['purchase', config.WEIGHT_PURCHASE],
  ]),
  halfLifeMs: config.TRENDING_HALF_LIFE_DAYS * dayMs,
  interactionsMax: config.INTERACTIONS_PER_SHOPPER_MAX,
  repeatsMax: config.REPEATS_MAX,
});

import { services } from '@souk/contracts/services.ts';
import { type Static, Type } from '@souk/contracts/typebox.ts';
import { kafkaConsumerEnv, projectionEnv, serviceEnv } from '@souk/service-kit/config/env-fields.ts';
import { settingsOf } from '@souk/service-kit/projection/beside.ts';

/** What the tables depend on. */
const projectionFields = {
  /** The currency (ISO 4217) of the plain figures of revenue; unless given, the one that most purchases are in. */
  SHOP_CURRENCY: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$' })),
  /** Whose days, weeks and months are kept, and are meant where an answer is asked for without a zone (IANA). */
  SHOP_TIMEZONE: Type.String({ default: 'UTC', minLength: 1, maxLength: 64 }),
  /** For how long the buckets of minutes are kept; a day and the day before it are asked for by the minute. */
  MINUTES_KEPT_HOURS: Type.Integer({ minimum: 48, maximum: 8_760, default: 48 }),
  /** For how long the buckets of hours are kept; 30 days and the 30 days before are asked for by the hour. */
  HOURS_KEPT_DAYS: Type.Integer({ minimum: 62, maximum: 3_650, default: 90 }),
  /** How many activity types are told apart; any further one counts as `other`. */
  ACTIVITY_TYPES_MAX: Type.Integer({ minimum: 4, maximum: 1_000, default: 100 }),
  /** As a JSON array; see the README. The recommendation service reads the same. */
  EXPERIMENTS: Type.String({ default: '[]' }),
  /** For how many days a product is kept that activity names and the catalogue does not. */
  UNKNOWN_PRODUCT_DAYS: Type.Integer({ minimum: 1, maximum: 3_650, default: 30 }),
};

export const configSchema = Type.Object({
  ...serviceEnv(services.analytics.port),
  ...kafkaConsumerEnv,
  ...projectionEnv,
  ...projectionFields,
  /** Streams open at once, at most half of the connections. */
  STREAMS_MAX: Type.Integer({ minimum: 1, maximum: 10_000, default: 100 }),
});

export type AnalyticsConfig = Static<typeof configSchema>;

export const projectionSettings = (config: AnalyticsConfig) => settingsOf(config, projectionFields);

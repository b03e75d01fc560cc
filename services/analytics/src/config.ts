import { services } from '@souk/contracts/services.ts';
import { kafkaConsumerEnv, serviceEnv } from '@souk/service-kit/config/env-fields.ts';
import Type, { type Static } from 'typebox';

export const configSchema = Type.Object({
  ...serviceEnv(services.analytics.port),
  ...kafkaConsumerEnv,
});

export type AnalyticsConfig = Static<typeof configSchema>;

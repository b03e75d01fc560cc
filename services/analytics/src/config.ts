import {
  httpEnv,
  kafkaConsumerEnv,
  kafkaEnv,
  logEnv,
  port,
  postgresEnv,
  tracingEnv,
} from '@souk/service-kit/config/env-fields.ts';
import Type, { type Static } from 'typebox';

export const configSchema = Type.Object({
  ...httpEnv,
  PORT: port(8083),
  ...logEnv,
  ...tracingEnv,
  ...postgresEnv,
  ...kafkaEnv,
  ...kafkaConsumerEnv,
});

export type AnalyticsConfig = Static<typeof configSchema>;

import {
  httpEnv,
  kafkaEnv,
  logEnv,
  port,
  postgresEnv,
  tracingEnv,
} from '@souk/service-kit/config/env-fields.ts';
import Type, { type Static } from 'typebox';

export const configSchema = Type.Object({
  ...httpEnv,
  PORT: port(8081),
  ...logEnv,
  ...tracingEnv,
  ...postgresEnv,
  ...kafkaEnv,
});

export type ProductConfig = Static<typeof configSchema>;

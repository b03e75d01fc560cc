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
  PORT: port(8080),
  ...logEnv,
  ...tracingEnv,
  ...postgresEnv,
  ...kafkaEnv,
});

export type UserConfig = Static<typeof configSchema>;

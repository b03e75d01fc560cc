import { services } from '@souk/contracts/services.ts';
import { kafkaConsumerEnv, serviceEnv } from '@souk/service-kit/config/env-fields.ts';
import Type, { type Static } from 'typebox';

export const configSchema = Type.Object({
  ...serviceEnv(services.user.port),
  ...kafkaConsumerEnv,
  /** What access tokens are signed with: without it nobody logs in here. */
  AUTH_SIGNING_KEYS_FILE: Type.Optional(Type.String({ description: 'what souk keys rotate has written' })),
});

export type UserConfig = Static<typeof configSchema>;

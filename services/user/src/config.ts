import { services } from '@souk/contracts/services.ts';
import { serviceEnv } from '@souk/service-kit/config/env-fields.ts';
import Type, { type Static } from 'typebox';

export const configSchema = Type.Object({
  ...serviceEnv(services.user.port),
});

export type UserConfig = Static<typeof configSchema>;

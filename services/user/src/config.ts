import { services } from '@souk/contracts/services.ts';
import { type Static, Type } from '@souk/contracts/typebox.ts';
import { auditEnv, kafkaConsumerEnv, serviceEnv } from '@souk/service-kit/config/env-fields.ts';

export const configSchema = Type.Object({
  ...serviceEnv(services.user.port),
  ...kafkaConsumerEnv,
  ...auditEnv,
  /** What access tokens are signed with: without it nobody logs in here. */
  AUTH_SIGNING_KEYS_FILE: Type.Optional(Type.String({ description: 'what souk keys rotate has written' })),
  /** No password may be made of it. */
  SHOP_NAME: Type.String({ default: 'Souk', maxLength: 100 }),
  /** Gets `{email, token, expires_at}` of who has forgotten the password, and sends the e-mail. */
  PASSWORD_RESET_WEBHOOK_URL: Type.Optional(
    Type.Refine(Type.String({ description: 'http://… or https://…' }), (text) =>
      /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
    ),
  ),
});

export type UserConfig = Static<typeof configSchema>;

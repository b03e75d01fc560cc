import { services } from '@souk/contracts/services.ts';
import { type Static, Type } from '@souk/contracts/typebox.ts';
import { auditEnv, kafkaConsumerEnv, serviceEnv } from '@souk/service-kit/config/env-fields.ts';

export const configSchema = Type.Object({
  ...serviceEnv(services.product.port),
  ...kafkaConsumerEnv,
  ...auditEnv,
  /** How many order documents are kept in memory at most, and how many bytes. */
  ORDER_CACHE_MAX: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 10_000 }),
  ORDER_CACHE_BYTES_MAX: Type.Integer({ minimum: 65_536, maximum: 1_073_741_824, default: 16_777_216 }),
  /** How long an order of a checkout waits for its payment before it is cancelled. */
  CHECKOUT_PAY_WITHIN_MS: Type.Integer({ minimum: 1_000, maximum: 2_592_000_000, default: 1_800_000 }),
  /** What the messages of payment providers are signed with. */
  PAYMENT_SECRETS: Type.String({ default: '', description: 'name=secret,name=secret' }),
});

export type ProductConfig = Static<typeof configSchema>;

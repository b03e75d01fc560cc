import { sessionUpdates } from '@souk/contracts/session-updates.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { createSigner, type Signer } from '@souk/service-kit/access/signing-keys.ts';
import { openConsumer, openRelay } from '@souk/service-kit/service/kafka-parts.ts';
import { openParts } from '@souk/service-kit/service/parts.ts';
import { openPeriodicTask } from '@souk/service-kit/service/periodic-task.ts';
import { type AssembledService, assembleService } from '@souk/service-kit/service/service.ts';
import manifest from '../package.json' with { type: 'json' };
import { checkoutSubscription } from './accounts/checkout-subscription.ts';
import type { UserConfig } from './config.ts';
import { expiredSessionsRemoval } from './identity/expired-sessions.ts';
import { resetOutlet } from './identity/reset-outlet.ts';
import { migrations } from './migrations.ts';
import { userHttp } from './user-http.ts';

/** The user service: accounts and activity over Postgres, the relay of their events, and what leaves carts by checkouts. */
export const buildUserService = async (config: UserConfig): Promise<AssembledService> => {
  const parts = await openParts({ name: 'user', version: manifest.version, config, migrations });
  const relay = openRelay(parts, {
    topic: userUpdates,
    sideTopics: [sessionUpdates],
    auditDays: config.AUDIT_RETENTION_DAYS,
    dependency: 'outbox',
  });
  openConsumer(parts, config, { subscriptions: [checkoutSubscription], onCommitted: relay.wake });
  const { db, keyFile } = parts;
  const removal = openPeriodicTask(expiredSessionsRemoval(db), parts.log);
  parts.startup.push({ waitsFor: parts.waitsFor.postgres, start: removal.start });
  parts.stops.push(removal.stop);
  const signer = signerOf(config);
  const http = await userHttp({
    ...parts.httpOptions,
    db,
    keyFile,
    signer,
    shopName: config.SHOP_NAME,
    sendReset: resetOutlet(config.PASSWORD_RESET_WEBHOOK_URL),
    onCommitted: relay.wake,
  });
  return assembleService(parts, http);
};

const signerOf = (config: UserConfig): Signer | undefined => {
  const { AUTH_SIGNING_KEYS_FILE: file, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = config;
  return file === undefined ? undefined : createSigner({ file, issuer, audience });
};

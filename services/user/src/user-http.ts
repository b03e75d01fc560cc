import type { KeyFile } from '@souk/service-kit/access/key-file.ts';
import type { Signer } from '@souk/service-kit/access/signing-keys.ts';
import { auditRoutes } from '@souk/service-kit/audit/audit-routes.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { buildHttp, type HttpOptions } from '@souk/service-kit/http/server.ts';
import { outboxRoute } from '@souk/service-kit/outbox/outbox-route.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { positionRoutes } from '@souk/service-kit/projection/position-routes.ts';
import { accountRoutes } from './accounts/account-routes.ts';
import { createAccounts } from './accounts/accounts.ts';
import { createPasswords } from './accounts/password.ts';
import { activityRepository } from './activity/activity-repository.ts';
import { activityRoutes } from './activity/activity-routes.ts';
import { batchRoutes } from './activity/batch-routes.ts';
import { apiKeyRoutes } from './api-keys/api-key-routes.ts';
import { createApiKeys } from './api-keys/api-keys.ts';
import { createIdentity } from './identity/identity.ts';
import { identityRoutes } from './identity/identity-routes.ts';
import { passwordResetRoutes } from './identity/password-reset-routes.ts';
import { createPasswordResets } from './identity/password-resets.ts';
import { publicKeysRoute } from './identity/public-keys-route.ts';
import type { ResetOutlet } from './identity/reset-outlet.ts';
import { signing } from './identity/sign.ts';

export interface UserHttpOptions extends Omit<HttpOptions, 'name' | 'description' | 'idempotency'> {
  db: Database;
  keyFile: KeyFile;
  /** None where this service issues no tokens. */
  signer: Signer | undefined;
  shopName: string;
  /** None where no token for a new password can be sent. */
  sendReset: ResetOutlet | undefined;
  /** Called after every commit that put events into the outbox. */
  onCommitted: () => void;
}

/** The HTTP side of the user service over a database whose schema is up to date. */
export const userHttp = async (given: UserHttpOptions): Promise<Http> => {
  const { db, keyFile, signer, shopName, sendReset, onCommitted, ...options } = given;
  const http = await buildHttp({
    ...options,
    idempotency: { db, onCommitted },
    name: 'user',
    description: 'Accounts, carts, and the activity of users; log-in and tokens.',
  });
  auditRoutes(http, db);
  outboxRoute(http, db);
  positionRoutes(http, db);
  const passwords = createPasswords();
  const sign = signing(signer);
  const accounts = createAccounts({ db, passwords, shopName, onCommitted });
  const identity = createIdentity({ db, passwords, sign, onCommitted });
  accountRoutes(http, accounts, identity.confirmPassword);
  identityRoutes(http, identity);
  passwordResetRoutes(http, createPasswordResets({ db, accounts, outlet: sendReset, log: options.log }));
  publicKeysRoute(http, keyFile);
  apiKeyRoutes(http, createApiKeys({ db, sign, onCommitted }));
  const activities = activityRepository({ db, onCommitted });
  activityRoutes(http, activities);
  await batchRoutes(http, activities);
  return http;
};

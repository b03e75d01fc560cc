import type { Http } from '@souk/service-kit/http/http.ts';
import { buildHttp, type HttpOptions } from '@souk/service-kit/http/server.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { accountRoutes } from './accounts/account-routes.ts';
import { createAccounts } from './accounts/accounts.ts';
import { activityRepository } from './activity/activity-repository.ts';
import { activityRoutes } from './activity/activity-routes.ts';
import { batchRoutes } from './activity/batch-routes.ts';

export interface UserHttpOptions extends Omit<HttpOptions, 'name' | 'description'> {
  db: Database;
  /** Called after every commit that put events into the outbox. */
  onCommitted: () => void;
}

/** The HTTP side of the user service over a database whose schema is up to date. */
export const userHttp = async ({ db, onCommitted, ...options }: UserHttpOptions): Promise<Http> => {
  const http = await buildHttp({
    ...options,
    name: 'user',
    description: 'Accounts, carts, and the activity of users.',
  });
  accountRoutes(http, createAccounts({ db, onCommitted }));
  const activities = activityRepository({ db, onCommitted });
  activityRoutes(http, activities);
  await batchRoutes(http, activities);
  return http;
};

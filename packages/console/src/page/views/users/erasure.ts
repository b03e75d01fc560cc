import { type Address, addressOf } from '../../lib/address.ts';
import { api, isApiError } from '../../lib/api.ts';
import { many } from '../../lib/format.ts';

/** What is kept about a user in one place. */
export interface Trace {
  place: string;
  /** In words: "3 events". */
  kept: string;
  isErased: boolean;
}

const listMax = 100;

/** What each service answers about a user: asked before an erasure, and after it until all is gone. */
export const tracesOf = (id: string): Promise<Trace[]> =>
  Promise.all([account(id), activity(id), orders(id), recommendations(id), analytics(id)]);

const account = async (id: string): Promise<Trace> => {
  const found = await orNothing(addressOf('user', '/api/v1/users/{id}', { id }));
  return trace('user: account, password and sessions', found ? 'an account' : 'nothing', found === undefined);
};

const activity = async (id: string): Promise<Trace> => {
  const found = await orNothing(addressOf('user', '/api/v1/events', { user_id: id, limit: listMax }));
  const kept = found?.items.length ?? 0;
  return trace('user: activity', atLeast(kept, found?.next_cursor, 'event'), kept === 0);
};

/** Orders stay, as the law wants; who it was is taken out of them. */
const orders = async (id: string): Promise<Trace> => {
  const found = await orNothing(addressOf('product', '/api/v1/orders', { customer_id: id, limit: listMax }));
  const named = found?.items.filter(({ redacted_at }) => redacted_at === null).length ?? 0;
  const all = found?.items.length ?? 0;
  const redacted = all > named ? `, ${many(all - named, 'order')} without` : '';
  return trace(
    'product: orders with name and address',
    `${atLeast(named, found?.next_cursor, 'order')}${redacted}`,
    named === 0,
  );
};

const recommendations = async (id: string): Promise<Trace> => {
  const query = { user_id: id, strategy: 'personal', bought: 'include', limit: 1 } as const;
  const found = await orNothing(addressOf('recommendation', '/api/v1/recommendations', query));
  const isPersonal = found?.items.some(({ because }) => (because?.length ?? 0) > 0) ?? false;
  return trace(
    'recommendation: history',
    isPersonal ? 'a history that recommendations follow from' : 'nothing to follow from',
    !isPersonal,
  );
};

const analytics = async (id: string): Promise<Trace> => {
  const found = await orNothing(addressOf('analytics', '/api/v1/analytics/users/{id}', { id }));
  const kept = found?.events_total ?? 0;
  return trace('analytics: figures of this user', many(kept, 'activity', 'activities'), kept === 0);
};

const trace = (place: string, kept: string, isErased: boolean): Trace => ({ place, kept, isErased });

const atLeast = (kept: number, next: string | null | undefined, one: string): string =>
  `${next ? 'at least ' : ''}${many(kept, one)}`;

/** Undefined for what is not there. */
const orNothing = <T>(address: Address<T>): Promise<T | undefined> =>
  api<T>(address).catch((error) => {
    if (isApiError(error) && error.status === 404) return undefined;
    throw error;
  });

import { isDeepStrictEqual } from 'node:util';
import { newEvent } from '@souk/contracts/new-event.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import type { NewEvent } from '@souk/service-kit/outbox/event-rows.ts';
import { invalidRequest, problem } from '@souk/service-kit/problem.ts';
import type { CartItem } from './cart.ts';
import { hasInvisible, hasInvisibleInName, invisibleMessage } from './invisible.ts';

export interface Account extends PersonName {
  id: string;
  email: string;
  cart: CartItem[];
  /** 1 when it is registered, one more with every change. */
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

interface PersonName {
  name: string;
  firstName: string;
  lastName: string;
}

/** A new state and the event that tells of it. */
export interface AccountChange {
  account: Account;
  event: NewEvent;
}

/** When a change happens, and the id of its event. */
export interface ChangeMeta {
  now: Date;
  eventId: string;
}

/** What a client may give: `name`, or its two parts; when both are given they must agree. */
export interface AccountFields {
  email?: string;
  name?: string;
  first_name?: string;
  last_name?: string;
}

/** A new account. Throws a 400 problem for invisible characters, and when `name` and its parts contradict each other. */
export const register = (
  id: string,
  fields: AccountFields & { email: string },
  { now, eventId }: ChangeMeta,
): AccountChange => {
  const account = {
    id,
    email: normalEmail(fields.email),
    ...nameOf(fields, { name: '', firstName: '', lastName: '' }),
    cart: [],
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  return { account, event: newEvent(userUpdates, 'user.registered.v1', eventId, stateOf(account)) };
};

/**
 * The account with the given fields, or undefined when that changes nothing. A new password alone is a change
 * too, although no field shows it. Throws a 400 problem as `register` does.
 */
export const update = (
  before: Account,
  { passwordIsNew = false, ...fields }: AccountFields & { passwordIsNew?: boolean },
  { now, eventId }: ChangeMeta,
): AccountChange | undefined => {
  const email = fields.email === undefined ? before.email : normalEmail(fields.email);
  const given = { ...before, ...nameOf(fields, before), email };
  if (!passwordIsNew && isDeepStrictEqual(given, before)) return undefined;
  const account = { ...given, version: before.version + 1, updatedAt: now };
  return { account, event: newEvent(userUpdates, 'user.updated.v1', eventId, stateOf(account)) };
};

/** The account with another cart, or undefined when the cart is the same. */
export const replaceCart = (
  before: Account,
  cart: CartItem[],
  { now, eventId }: ChangeMeta,
): AccountChange | undefined => {
  if (isDeepStrictEqual(cart, before.cart)) return undefined;
  const account = { ...before, cart, version: before.version + 1, updatedAt: now };
  return { account, event: newEvent(userUpdates, 'user.cart_updated.v1', eventId, stateOf(account)) };
};

/** What a checkout made an order of. */
export interface CheckedOut {
  orderUid: string;
  /** Each product once. */
  lines: readonly CartItem[];
}

/**
 * The account without these pieces in its cart: what was put into it since stays. A change also when nothing of them is
 * there any more, because its event tells the product service that the order was heard of.
 */
export const takeOutOrdered = (
  before: Account,
  { orderUid, lines }: CheckedOut,
  { now, eventId }: ChangeMeta,
): AccountChange => {
  const ordered = new Map(lines.map(({ product_id, quantity }) => [product_id, quantity]));
  const cart = before.cart.flatMap((item) => {
    const quantity = item.quantity - (ordered.get(item.product_id) ?? 0);
    return quantity > 0 ? { ...item, quantity } : [];
  });
  const account = { ...before, cart, version: before.version + 1, updatedAt: now };
  const data = { ...stateOf(account), order_uid: orderUid };
  return { account, event: newEvent(userUpdates, 'user.cart_updated.v1', eventId, data) };
};

/** The event that makes every consumer forget the user. It counts as a version of its own. */
export const close = (account: Account, { now, eventId }: ChangeMeta): NewEvent =>
  newEvent(userUpdates, 'user.deleted.v1', eventId, {
    user_id: account.id,
    version: account.version + 1,
    deleted_at: now.toISOString(),
  });

/** The form in which an e-mail is kept; its case is kept, and does not count. Throws a 400 problem for what is invisible. */
export const normalEmail = (text: string): string => {
  const email = text.trim().normalize('NFC');
  if (hasInvisible(email)) throw invalid('email', invisibleMessage);
  return email;
};

export const userNotFound = () => problem(404, 'user_not_found', 'there is no user with this id');

export const invalidResetToken = () =>
  problem(400, 'invalid_reset_token', 'the token for a new password is not valid, or not any more');

export const emailTaken = () =>
  problem(409, 'email_taken', 'another user has this e-mail', {
    errors: [{ field: 'email', message: 'is taken' }],
  });

/** Exactly what the contract names: the rest of an account is personal. */
const stateOf = ({ id, version, cart, createdAt, updatedAt }: Account) => ({
  user_id: id,
  version,
  cart,
  created_at: createdAt.toISOString(),
  updated_at: updatedAt.toISOString(),
});

const nameOf = (fields: AccountFields, before: PersonName): PersonName => {
  const whole = fields.name === undefined ? undefined : normalName(fields.name);
  for (const field of ['name', 'first_name', 'last_name'] as const)
    if (hasInvisibleInName(normalName(fields[field] ?? ''))) throw invalid(field, invisibleMessage);
  if (fields.first_name === undefined && fields.last_name === undefined)
    return whole === undefined ? before : splitName(whole);
  const firstName = fields.first_name === undefined ? before.firstName : normalName(fields.first_name);
  const lastName = fields.last_name === undefined ? before.lastName : normalName(fields.last_name);
  const name = `${firstName} ${lastName}`.trim();
  if (whole !== undefined && whole !== name)
    throw invalid('name', 'must be first_name and last_name, when they are given too');
  return { name, firstName, lastName };
};

const splitName = (name: string): PersonName => {
  const [firstName = '', ...rest] = name.split(' ');
  return { name, firstName, lastName: rest.join(' ') };
};

const normalName = (text: string): string => text.trim().replace(/\s+/gu, ' ').normalize('NFC');

const invalid = (field: string, message: string) => invalidRequest('body', [{ field, message }]);

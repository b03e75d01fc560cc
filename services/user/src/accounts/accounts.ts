import { versionMismatch } from '@souk/service-kit/http/etag.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { invalidRequest } from '@souk/service-kit/problem.ts';
import { v7 as uuidv7 } from 'uuid';
import {
  type Account,
  type AccountFields,
  close,
  normalEmail,
  register,
  replaceCart,
  update,
  userNotFound,
} from './account.ts';
import { type AccountPage, accountRepository } from './account-repository.ts';
import type { CartItem } from './cart.ts';
import type { Passwords } from './password.ts';
import { passwordFaults } from './password-rules.ts';

type Given = AccountFields & { password?: string };

/** The use cases of accounts. `onCommitted` is called after every commit that put events into the outbox. */
export interface Accounts {
  /** Throws the problems 400 (also for a password that is easy to guess), 409 `email_taken` and 503 `too_many_passwords`. */
  register(given: Given & { email: string }, caller: () => AbortSignal): Promise<Account>;
  /** Throws the problem 404 `user_not_found`; so does every other use case with an id. */
  find(id: string): Promise<Account>;
  /** The accounts of a page and one more, and the count of all pages. */
  list(page: AccountPage): Promise<{ rows: Account[]; count: number }>;
  /**
   * Sets the given fields; nothing happens when they are what they were. Throws what `register` throws and, for
   * another version than the expected one, 412; so do the next two.
   */
  update(id: string, given: Given, expected: number | undefined, caller: () => AbortSignal): Promise<Account>;
  /** A new password for whoever has the token with this hash. Throws 400 `invalid_reset_token`, and what `update` does. */
  resetPassword(
    given: { id: string; password: string; resetHash: Buffer },
    caller: () => AbortSignal,
  ): Promise<void>;
  replaceCart(id: string, cart: CartItem[], expected: number | undefined): Promise<Account>;
  /** Erases the account and all its activity. */
  erase(id: string, expected: number | undefined): Promise<void>;
}

interface AccountsParts {
  db: Database;
  passwords: Passwords;
  /** No password may be made of it. */
  shopName: string;
  onCommitted: () => void;
}

/** `caller` gives the signal that its caller has gone: then no password is hashed any more. */
export const createAccounts = ({ passwords, shopName, ...parts }: AccountsParts): Accounts => {
  const accounts = accountRepository(parts);
  const hashOf = (password: string, email: string, caller: () => AbortSignal): Promise<string> => {
    const faults = passwordFaults(password, { email, shopName });
    if (faults.length > 0) throw invalidRequest('body', faults);
    return passwords.hash(password, caller());
  };
  const find = (id: string): Promise<Account> => accounts.find(id).then(found);

  return {
    register: async ({ password, ...fields }, caller) => {
      const change = register(uuidv7(), fields, newChangeMeta());
      const hash = password === undefined ? undefined : await hashOf(password, fields.email, caller);
      await accounts.insert(change, hash);
      return change.account;
    },

    find,

    list: ({ email, ...page }) =>
      accounts.list({ ...page, email: email === undefined ? undefined : normalEmail(email) }),

    update: async (id, { password, ...fields }, expected, caller) => {
      const hash =
        password === undefined
          ? undefined
          : await hashOf(password, fields.email ?? (await find(id)).email, caller);
      const given = { ...fields, passwordIsNew: hash !== undefined };
      return accounts.change(
        id,
        (before) => update(matching(before, expected), given, newChangeMeta()),
        hash,
      );
    },

    resetPassword: async ({ id, password, resetHash }, caller) => {
      const hash = await hashOf(password, (await find(id)).email, caller);
      const rule = (before: Account) => update(before, { passwordIsNew: true }, newChangeMeta());
      await accounts.change(id, rule, hash, resetHash);
    },

    replaceCart: (id, cart, expected) =>
      accounts.change(id, (before) => replaceCart(matching(before, expected), cart, newChangeMeta())),

    erase: (id, expected) =>
      accounts.erase(id, (account) => close(matching(account, expected), newChangeMeta())),
  };
};

const newChangeMeta = () => ({ now: new Date(), eventId: uuidv7() });

const found = (account: Account | undefined): Account => {
  if (!account) throw userNotFound();
  return account;
};

/** The account, when it has the expected version; throws `version_mismatch` otherwise. */
const matching = (account: Account, expected: number | undefined): Account => {
  if (expected !== undefined && expected !== account.version) throw versionMismatch(account.version);
  return account;
};

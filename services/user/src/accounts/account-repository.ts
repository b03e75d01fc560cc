import { revocationRows } from '@souk/service-kit/access/revocation-rows.ts';
import { auditRows } from '@souk/service-kit/audit/audit-rows.ts';
import { totalMax } from '@souk/service-kit/http/paging.ts';
import { eraseAnswers } from '@souk/service-kit/idempotency/idempotent-answers.ts';
import type { NewEvent } from '@souk/service-kit/outbox/event-rows.ts';
import {
  constantFragment,
  type Database,
  type Fragment,
  type Sql,
  type TransactionSql,
} from '@souk/service-kit/postgres/database.ts';
import { isUniqueViolation } from '@souk/service-kit/postgres/errors.ts';
import { activeTraceparent } from '@souk/service-kit/tracing/spans.ts';
import { forgetFailures } from '../identity/login-attempts.ts';
import { type Account, type AccountChange, emailTaken, invalidResetToken, userNotFound } from './account.ts';

export interface AccountPage {
  /** Only accounts with this e-mail, whatever its case. */
  email?: string | undefined;
  limit: number;
  /** The id of the last account before the page. */
  after?: string | undefined;
  offset: number;
}

/** The accounts in Postgres. Every write stores its event in the same statement, then calls `onCommitted`. */
export const accountRepository = ({ db, onCommitted }: { db: Database; onCommitted: () => void }) => ({
  /** Stores a new account. Throws `email_taken`. */
  insert: async (change: AccountChange, passwordHash?: string): Promise<void> => {
    const saved = await db.save('insert_account', (sql) => insertRow(sql, change, passwordHash));
    if (saved.length === 0) throw emailTaken();
    onCommitted();
  },

  find: (id: string): Promise<Account | undefined> =>
    db
      .get('find_account', (sql) => sql<Account[]>`select ${accountColumns(sql)} from users where id = ${id}`)
      .then(([account]) => account),

  /**
   * The accounts of a page and one more, in the order of their ids; `count` is of all pages, to `totalMax + 1`. To pass
   * over so many takes half as long as to count them; of fewer both are done.
   */
  list: async ({ email, limit, after, offset }: AccountPage): Promise<{ rows: Account[]; count: number }> => {
    const wanted = (sql: Sql) => (email === undefined ? sql`true` : sql`email_key = email_key(${email})`);
    const [rows, [counted]] = await Promise.all([
      db.getAll(
        'list_accounts',
        (sql) => sql<Account[]>`
          select ${accountColumns(sql)} from users
          where ${wanted(sql)} ${after === undefined ? sql`` : sql`and id > ${after}`}
          order by id limit ${limit + 1} offset ${offset}`,
      ),
      db.get(
        'count_accounts',
        (sql) => sql<[{ count: number }]>`
          select case when exists (select from users where ${wanted(sql)} offset ${totalMax})
            then ${totalMax + 1} else (select count(*) from users where ${wanted(sql)}) end as count`,
      ),
    ]);
    return { rows, count: counted.count };
  },

  /**
   * Changes one account by a rule that sees it locked and gives the change, or undefined for none; what the rule
   * throws undoes everything. Returns the account as it is then. Throws `user_not_found` and `email_taken`. With
   * `resetHash`, the hash of a token for a new password, it uses up all of these and forgets failed log-ins of the
   * account, or throws `invalid_reset_token`.
   */
  change: async (
    id: string,
    rule: (before: Account) => AccountChange | undefined,
    passwordHash?: string,
    resetHash?: Buffer,
  ): Promise<Account> => {
    const [account, changed] = await db.transaction('change_account', async (tx) => {
      // Not `for update`: activity of the same user need not wait for a change of the account.
      const [before] = await tx<Account[]>`
        select ${accountColumns(tx)} from users where id = ${id} for no key update`;
      if (!before) throw userNotFound();
      if (resetHash) await useReset(tx, id, resetHash);
      const change = rule(before);
      if (change) await updateRow(tx, change, passwordHash);
      return [change?.account ?? before, change !== undefined] as const;
    });
    if (changed) onCommitted();
    return account;
  },

  /**
   * Erases one account and all its activity; `rule` sees it locked and gives the event. The lock waits for activity
   * under way and holds off later activity, so none gets a number above the event's. Throws `user_not_found`.
   */
  erase: async (id: string, rule: (account: Account) => NewEvent): Promise<void> => {
    await db.transaction('erase_account', async (tx) => {
      const [account] = await tx<
        Account[]
      >`select ${accountColumns(tx)} from users where id = ${id} for update`;
      if (!account) throw userNotFound();
      await tx`
        with changed as (delete from users where id = ${id} returning id),
        published as (${publish(tx, rule(account))}), audited as (${audited(tx)}),
        revoked as (select id as subject, null::uuid as session_id from changed),
        told as (${revocationRows(tx, new Date())})
        select id from changed`;
      await eraseAnswers(tx, [id]);
    });
    onCommitted();
  },
});

/** The columns of an Account, for a select. */
export const accountColumns = constantFragment(
  (sql) => sql`
    id, email, name, first_name as "firstName", last_name as "lastName", cart, version,
    created_at as "createdAt", updated_at as "updatedAt"`,
);

const insertRow = (sql: Sql, { account, event }: AccountChange, passwordHash = null as string | null) => {
  const { id, email, name, firstName, lastName, cart, version, createdAt, updatedAt } = account;
  return sql<{ id: string }[]>`
    with changed as (
      insert into users (
        id, email, name, first_name, last_name, password_hash, cart, version, created_at, updated_at)
      values (
        ${id}, ${email}, ${name}, ${firstName}, ${lastName}, ${passwordHash},
        ${JSON.stringify(cart)}::text::jsonb, ${version}, ${createdAt}, ${updatedAt})
      on conflict (email_key) where not shares_email do nothing
      returning id
    ), published as (${publish(sql, event)}), audited as (${audited(sql)})
    select id from changed`;
};

/** Whoever has the token has the mailbox: failed log-ins no longer make the account wait. */
const useReset = async (tx: TransactionSql, id: string, hash: Buffer): Promise<void> => {
  const [used] = await tx<{ emailKey: string }[]>`
    delete from password_resets where user_id = ${id} and exists (
      select from password_resets where user_id = ${id} and hash = ${hash} and expires_at > now())
    returning (select email_key from users where id = user_id) as "emailKey"`;
  if (!used) throw invalidResetToken();
  await forgetFailures(tx, used.emailKey);
};

/** A new password ends every session, one of them may be a thief's, and like a new e-mail every token for another one. Throws `email_taken`. */
const updateRow = async (
  tx: TransactionSql,
  { account, event }: AccountChange,
  passwordHash: string | undefined,
): Promise<void> => {
  await tx`
    with changed as (
      update users set
        email = ${account.email}, shares_email = shares_email and email = ${account.email}, name = ${account.name},
        first_name = ${account.firstName}, last_name = ${account.lastName},
        password_hash = coalesce(${passwordHash ?? null}, password_hash),
        cart = ${JSON.stringify(account.cart)}::text::jsonb,
        version = ${account.version}, updated_at = ${account.updatedAt}
      where id = ${account.id}
      returning id
    ), revoked as (
      delete from sessions where user_id = ${account.id} and ${passwordHash !== undefined}
      returning user_id as subject, id as session_id
    ), unasked as (
      delete from password_resets where user_id = ${account.id} and (${passwordHash !== undefined}
        or exists (select from users where id = ${account.id} and email <> ${account.email}))
    ), told as (${revocationRows(tx, account.updatedAt)}), published as (${publish(tx, event)}), audited as (${audited(tx)})
    select id from changed`.catch((error: unknown) => {
    throw isUniqueViolation(error, 'users_email_key') ? emailTaken() : error;
  });
};

/** The statement that puts the event into the outbox, once `changed` of the same statement has its row. */
const publish = (sql: Sql | TransactionSql, event: NewEvent): Fragment => sql`
  insert into outbox (event_id, type, key, data, traceparent)
  select ${event.id}::uuid, ${event.type}::text, id, ${JSON.stringify(event.data)}::text::json,
    ${activeTraceparent()}::text
  from changed`;

const audited = (sql: Sql | TransactionSql): Fragment => auditRows(sql, changedIds(sql));

const changedIds = constantFragment((sql) => sql`select id::text from changed`);

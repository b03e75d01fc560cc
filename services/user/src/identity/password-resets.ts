import type { Logger } from '@souk/service-kit/log.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { problem } from '@souk/service-kit/problem.ts';
import PQueue from 'p-queue';
import { invalidResetToken, normalEmail } from '../accounts/account.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { ResetOutlet } from './reset-outlet.ts';
import { hashOf, newSecret } from './secret.ts';

export interface PasswordResets {
  /**
   * Sends a token to the account with this e-mail, if there is one. Returns before it looks, so nobody can tell from
   * the answer. Throws the problem 503 `too_many_resets`.
   */
  ask(email: string): void;
  /**
   * Replaces the password, ends every session and the wait of the account for a log-in. Throws 400 `invalid_reset_token`
   * and what a new password does.
   */
  confirm(given: { token: string; password: string }, caller: () => AbortSignal): Promise<void>;
}

interface PasswordResetsParts {
  db: Database;
  accounts: Accounts;
  outlet: ResetOutlet | undefined;
  log: Logger;
}

const tokenPrefix = 'souk_pr_';
export const resetMinutes = 30;
/** Good at the same time: so nobody's mailbox is filled. */
const tokensOfUserMax = 3;
const concurrentMax = 2;
const waitingMax = 200;

export const createPasswordResets = (parts: PasswordResetsParts): PasswordResets => {
  const { db, accounts, outlet, log } = parts;
  const queue = new PQueue({ concurrency: concurrentMax });

  const send = async (email: string): Promise<void> => {
    if (!outlet) return log.warn('a new password was asked for, and there is no PASSWORD_RESET_WEBHOOK_URL');
    const token = tokenPrefix + newSecret();
    const expiresAt = new Date(Date.now() + resetMinutes * 60_000);
    const hash = hashOf(token);
    const address = await insertReset(db, { email, hash, expiresAt });
    if (address === undefined) return;
    await outlet({ email: address, token, expiresAt }).catch(async (error: unknown) => {
      // What was not sent does not count.
      await db.save('forget_password_reset', (sql) => sql`delete from password_resets where hash = ${hash}`);
      throw error;
    });
  };

  return {
    ask: (given) => {
      const email = normalEmail(given);
      if (queue.size >= waitingMax) throw tooManyResets();
      queue
        .add(() => send(email))
        .catch((error: unknown) => log.warn({ err: error }, 'a token for a new password was not sent'));
    },
    confirm: async ({ token, password }, caller) => {
      const hash = hashOf(token);
      const id = await findReset(db, hash);
      if (id === undefined) throw invalidResetToken();
      await accounts.resetPassword({ id, password, resetHash: hash }, caller);
    },
  };
};

/** The e-mail of the account as it was given; undefined when nobody has it, or enough was sent. */
const insertReset = async (
  db: Database,
  { email, hash, expiresAt }: { email: string; hash: Buffer; expiresAt: Date },
): Promise<string | undefined> => {
  const [account] = await db.save(
    'begin_password_reset',
    (sql) => sql<{ email: string }[]>`
      with account as (
        select id, email from users where email_key = email_key(${email}) and not shares_email
      ), old as (
        delete from password_resets where user_id in (select id from account) and expires_at <= now()
      ), begun as (
        insert into password_resets (hash, user_id, expires_at)
        select ${hash}, id, ${expiresAt}::timestamptz from account
        where (
          select count(*) from password_resets where user_id = account.id and expires_at > now()
        ) < ${tokensOfUserMax}
        returning user_id
      )
      select email from account join begun on begun.user_id = account.id`,
  );
  return account?.email;
};

/** The user whose password a token replaces. */
const findReset = async (db: Database, hash: Buffer): Promise<string | undefined> => {
  const [reset] = await db.get(
    'find_password_reset',
    (sql) => sql<{ userId: string }[]>`
      select user_id as "userId" from password_resets where hash = ${hash} and expires_at > now()`,
  );
  return reset?.userId;
};

const tooManyResets = () =>
  problem(503, 'too_many_resets', 'too many new passwords are asked for now: try again', {
    headers: { 'retry-after': '2' },
  });

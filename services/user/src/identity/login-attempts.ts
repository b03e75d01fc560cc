import { hash } from 'node:crypto';
import type { Database, Fragment, Sql, TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { problem } from '@souk/service-kit/problem.ts';

/** Failures without a wait. Many people may share an address. */
const freeFailures = { account: 5, address: 100 };
type Kind = keyof typeof freeFailures;
const waitMaxSeconds = 900;
/** In this time as many failures are forgotten as are free; all, when there is no attempt in it. */
const forgetAfterSeconds = 3_600;

/**
 * Lets attempts to log in wait: 1 s after five failures for an account, then twice as long after each, up to 15
 * minutes; the same after a hundred from an address. Nobody is locked out for good. Accounts that do not exist wait
 * like those that do.
 */
export const loginAttempts = (db: Database) => ({
  /** Counts an attempt as a failure of the account and of the client's address before it is looked at. Throws the problem 429 while it has to wait. */
  admit: async (emailKey: string, address: string): Promise<void> => {
    // The address first: who has to wait there does not make an account wait.
    const network = subjectOf('address', address);
    await admitOne(db, 'address', network);
    await admitOne(db, 'account', subjectOf('account', emailKey)).catch(async (refusal: unknown) => {
      await db.save('take_back_login_attempt', (sql) => takeBack(sql, network));
      throw refusal;
    });
  },

  /** Takes the count back, and with it all earlier failures of the account. */
  succeeded: async (emailKey: string, address: string): Promise<void> => {
    await db.save(
      'forget_login_attempts',
      (sql) => sql`
        with account as (${forgetFailures(sql, emailKey)})
        ${takeBack(sql, subjectOf('address', address))}`,
    );
  },
});

/** The statement that ends the wait of an account, whatever failed before. */
export const forgetFailures = (sql: Sql | TransactionSql, emailKey: string): Fragment =>
  sql`delete from login_attempts where subject = ${subjectOf('account', emailKey)}`;

/** Without a wait: there was none before, and one that began since counts this attempt. */
const takeBack = (sql: Sql, subject: string): Fragment => sql`
  update login_attempts set failures = greatest(failures - 1, 0), wait_until = ${instant(sql)}
  where subject = ${subject}`;

const admitOne = async (db: Database, kind: Kind, subject: string): Promise<void> => {
  const free = freeFailures[kind];
  const [row] = await db.save(
    'admit_login_attempt',
    (sql) => sql<{ admitted: boolean; seconds: number }[]>`
      with old as (
        delete from login_attempts where subject in (
          select subject from login_attempts
          where wait_until < now() - make_interval(secs => ${forgetAfterSeconds}) and subject <> ${subject}
          order by wait_until limit 2 for update skip locked)
      ), counted as (
        insert into login_attempts as t (subject, failures, wait_until) values (${subject}, 1, ${instant(sql)})
        on conflict (subject) do update set
          failures = ${left(sql, free)} + 1,
          wait_until = ${instant(sql)} + make_interval(secs => case when ceil(${left(sql, free)}) < ${free} then 0
            else least(power(2, least(ceil(${left(sql, free)}) - ${free}, 20)), ${waitMaxSeconds}) end)
        where t.wait_until <= clock_timestamp()
        returning subject
      )
      select exists (select from counted) as admitted, coalesce((
        select ceil(extract(epoch from wait_until - now()))::integer from login_attempts where subject = ${subject}
      ), 0) as seconds`,
  );
  if (row?.admitted) return;
  throw problem(429, 'too_many_attempts', 'too many attempts to log in failed: wait before the next one', {
    headers: { 'retry-after': String(Math.max(1, row?.seconds ?? 1)) },
  });
};

/** Not now(): an attempt that waited for the row of another one began before it. Cut, because the column rounds up. */
const instant = (sql: Sql) => sql`date_trunc('milliseconds', clock_timestamp())`;

/** The failures that still count. */
const left = (sql: Sql, free: number) => sql`
  case when t.wait_until < clock_timestamp() - make_interval(secs => ${forgetAfterSeconds}) then 0
  else greatest(t.failures - ${free / forgetAfterSeconds}::float8
    * extract(epoch from clock_timestamp() - t.wait_until)::float8, 0) end`;

/** No e-mail and no address is kept, only what they are recognised by. */
const subjectOf = (kind: Kind, text: string): string => `${kind}:${hash('sha256', text, 'base64url')}`;

import type { Role } from '@souk/contracts/access.ts';
import { revocationRows } from '@souk/service-kit/access/revocation-rows.ts';
import { auditRows } from '@souk/service-kit/audit/audit-rows.ts';
import type { Database, Sql } from '@souk/service-kit/postgres/database.ts';

/** Whose session it is, and what its user may. */
export interface Session {
  id: string;
  userId: string;
  roles: Role[];
}

type Login = { emailKey: string } & (
  | { userId: string; passwordHash: string | null; roles: Role[] }
  | { userId: null; passwordHash: null; roles: null }
);

const sessionsOfUserMax = 50;

/**
 * Sessions and the hashes of their refresh tokens in Postgres. What ends one revokes its access tokens in the same
 * statement, then calls `onCommitted`.
 */
export const sessionRepository = ({ db, onCommitted }: { db: Database; onCommitted: () => void }) => ({
  /** What makes two e-mails one, and the account that has this one, if there is any. */
  findAccount: async (email: string): Promise<Login> => {
    const [login] = await db.get(
      'find_login',
      (sql) => sql<[Login]>`
        select asked.key as "emailKey", id as "userId", password_hash as "passwordHash", roles
        from (values (email_key(${email}))) as asked (key)
        left join users on email_key = asked.key and not shares_email`,
    );
    return login;
  },

  /** What the password of an account is confirmed by; undefined when it has none. */
  findPassword: async (userId: string): Promise<{ emailKey: string; passwordHash: string } | undefined> => {
    const [found] = await db.get(
      'find_password',
      (sql) => sql<{ emailKey: string; passwordHash: string }[]>`
        select email_key as "emailKey", password_hash as "passwordHash" from users
        where id = ${userId} and password_hash is not null`,
    );
    return found;
  },

  /**
   * Begins a session, and ends those of the user that are over, or older than the newest fifty. False when the account
   * has another password or other roles by now.
   */
  insert: async (
    { id, userId, roles }: Session,
    {
      passwordHash,
      hash,
      now,
      expiresAt,
    }: { passwordHash: string; hash: Buffer; now: Date; expiresAt: Date },
  ): Promise<boolean> => {
    const begun = await db.save(
      'begin_session',
      (sql) => sql`
        with account as (
          select id from users where id = ${userId} and password_hash = ${passwordHash} and roles = ${roles} for share
        ), revoked as (
          delete from sessions where user_id in (select id from account) and (expires_at <= ${now} or id in (
            select id from sessions where user_id = ${userId} order by created_at desc offset ${sessionsOfUserMax - 1}))
          ${revokedSession(sql)}
        ), told as (${revocationRows(sql, now)}
        ), begun as (
          insert into sessions (id, user_id, created_at, expires_at)
          select ${id}::uuid, id, ${now}, ${expiresAt} from account returning id, user_id
        ), audited as (${auditRows(sql, sql`select user_id::text from begun`)})
        insert into refresh_tokens (hash, session_id) select ${hash}, id from begun returning session_id`,
    );
    if (begun.length > 0) onCommitted();
    return begun.length > 0;
  },

  /** The session that a refresh token may be exchanged in. */
  find: async (hash: Buffer, now: Date): Promise<Session | undefined> => {
    const [session] = await db.get(
      'find_session',
      (sql) => sql<Session[]>`
        select sessions.id, users.id as "userId", users.roles
        from refresh_tokens
        join sessions on sessions.id = refresh_tokens.session_id
        join users on users.id = sessions.user_id
        where refresh_tokens.hash = ${hash} and used_at is null and expires_at > ${now}`,
    );
    return session;
  },

  /** Exchanges a refresh token for the next one. False when it was used, or its session is over. */
  exchange: async ({ used, next, now }: { used: Buffer; next: Buffer; now: Date }): Promise<boolean> => {
    const exchanged = await db.save(
      'exchange_refresh_token',
      (sql) => sql`
        with live as (
          -- The session first, as whatever ends it does.
          select sessions.id from sessions join refresh_tokens on refresh_tokens.session_id = sessions.id
          where hash = ${used} and expires_at > ${now} for key share of sessions
        ), used as (
          update refresh_tokens set used_at = ${now} from live
          where hash = ${used} and used_at is null and session_id = live.id returning session_id
        )
        insert into refresh_tokens (hash, session_id) select ${next}, session_id from used
        returning session_id`,
    );
    return exchanged.length > 0;
  },

  /** Ends the session that ever had this refresh token. */
  end: async (hash: Buffer, now: Date): Promise<void> => {
    await db.save(
      'end_session',
      (sql) => sql`
        with revoked as (
          delete from sessions using refresh_tokens
          where refresh_tokens.hash = ${hash} and sessions.id = refresh_tokens.session_id
          ${revokedSession(sql)}
        ), audited as (${auditRows(sql, sql`select distinct subject::text from revoked`)})
        ${revocationRows(sql, now)}`,
    );
    onCommitted();
  },

  /** Ends every session of the user whose session has this refresh token. */
  endAll: async (hash: Buffer, now: Date): Promise<void> => {
    await db.save(
      'end_sessions',
      (sql) => sql`
        with revoked as (
          delete from sessions where user_id = (
            select user_id from sessions join refresh_tokens on refresh_tokens.session_id = sessions.id
            where refresh_tokens.hash = ${hash})
          ${revokedSession(sql)}
        ), audited as (${auditRows(sql, sql`select distinct subject::text from revoked`)})
        ${revocationRows(sql, now)}`,
    );
    onCommitted();
  },
});

const revokedSession = (sql: Sql) => sql`returning sessions.user_id as subject, sessions.id as session_id`;

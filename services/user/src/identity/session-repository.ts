import type { Role } from '@souk/contracts/access.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';

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

/** Sessions and the hashes of their refresh tokens in Postgres. */
export const sessionRepository = (db: Database) => ({
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

  /** Begins a session, and ends those of the user that are over, or older than the newest fifty. */
  insert: async (
    { id, userId }: Omit<Session, 'roles'>,
    { hash, now, expiresAt }: { hash: Buffer; now: Date; expiresAt: Date },
  ): Promise<void> => {
    await db.save(
      'begin_session',
      (sql) => sql`
        with ended as (
          delete from sessions where user_id = ${userId} and (expires_at <= ${now} or id in (
            select id from sessions where user_id = ${userId} order by created_at desc offset ${sessionsOfUserMax - 1}))
        ), begun as (
          insert into sessions (id, user_id, created_at, expires_at)
          values (${id}, ${userId}, ${now}, ${expiresAt}) returning id
        )
        insert into refresh_tokens (hash, session_id) select ${hash}, id from begun`,
    );
  },

  /** Exchanges a refresh token that was not used for the next one. Undefined when it was, or is not known. */
  exchange: async ({
    used,
    next,
    now,
  }: {
    used: Buffer;
    next: Buffer;
    now: Date;
  }): Promise<Session | undefined> => {
    const [session] = await db.save(
      'exchange_refresh_token',
      (sql) => sql<Session[]>`
        with used as (
          update refresh_tokens set used_at = ${now} where hash = ${used} and used_at is null returning session_id
        ), live as (
          select sessions.id, sessions.user_id from sessions join used on used.session_id = sessions.id
          where sessions.expires_at > ${now}
        ), following as (
          insert into refresh_tokens (hash, session_id) select ${next}, id from live
        )
        select live.id, users.id as "userId", users.roles from live join users on users.id = live.user_id`,
    );
    return session;
  },

  /** Ends the session that ever had this refresh token. */
  end: async (hash: Buffer): Promise<void> => {
    await db.save(
      'end_session',
      (sql) => sql`
        delete from sessions using refresh_tokens
        where refresh_tokens.hash = ${hash} and sessions.id = refresh_tokens.session_id`,
    );
  },

  /** Ends every session of the user whose session has this refresh token. */
  endAll: async (hash: Buffer): Promise<void> => {
    await db.save(
      'end_sessions',
      (sql) => sql`
        delete from sessions where user_id = (
          select user_id from sessions join refresh_tokens on refresh_tokens.session_id = sessions.id
          where refresh_tokens.hash = ${hash})`,
    );
  },
});

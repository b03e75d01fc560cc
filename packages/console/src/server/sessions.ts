import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from '@souk/service-kit/http/http.ts';
import { problem } from '@souk/service-kit/problem.ts';
import { LRUCache } from 'lru-cache';

/** What the user service gives whoever logs in. */
export interface Tokens {
  access_token: string;
  refresh_token: string;
  /** Seconds. */
  expires_in: number;
  user_id: string;
  roles: string[];
}

/** Somebody who is logged in. Tokens stay here: the browser has the session's id alone. */
export interface Session {
  id: string;
  email: string;
  userId: string;
  roles: string[];
  tokens: Tokens;
  takenAtMs: number;
  expiresAtMs: number;
  endsAtMs: number;
  refreshing: Promise<void> | undefined;
}

export interface Sessions {
  open(email: string, tokens: Tokens): Session;
  find(id: string | undefined): Session | undefined;
  /** An access token that is good for half a minute at least. Throws a 401 problem when the session has ended. */
  accessToken(session: Session): Promise<string>;
  /**
   * Asks the user service, once for each access token, whether the session still has its roles. Throws a 401 problem when
   * it has ended. Where the user service does not answer, the session goes on: operators have to see why.
   */
  confirm(session: Session): Promise<void>;
  /** A service has refused the access token, as one that was revoked: the next request exchanges it, or ends the session. */
  distrust(session: Session): void;
  close(id: string): void;
}

export const cookieName = 'souk_console';
const cookie = new RegExp(`(?:^|;\\s*)${cookieName}=([\\w-]{43})(?:;|$)`);

export const sessionIdOf = ({ headers }: FastifyRequest): string | undefined =>
  cookie.exec(headers.cookie ?? '')?.[1];

const sessionsMax = 1_000;
/** Without a request for so long, a session ends. */
const idleMs = 8 * 3_600_000;
/** Whatever it does, it ends after so long. */
export const sessionMs = 24 * 3_600_000;
const refreshAheadMs = 30_000;
/** A token this young is not exchanged: a service whose clock is behind refuses every new one. */
const distrustAfterMs = 30_000;

/**
 * The sessions of this process; those of a console that is started again are gone. `refresh` exchanges a refresh
 * token, or throws a 401 problem.
 */
export const createSessions = (refresh: (token: string) => Promise<Tokens>, now = Date.now): Sessions => {
  const sessions = new LRUCache<string, Session>({ max: sessionsMax, ttl: idleMs, updateAgeOnGet: true });

  const renew = async (session: Session): Promise<void> => {
    try {
      take(session, await refresh(session.tokens.refresh_token), now());
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 401) sessions.delete(session.id);
      throw error;
    } finally {
      session.refreshing = undefined;
    }
  };

  const accessToken = async (session: Session): Promise<string> => {
    if (session.expiresAtMs - now() < refreshAheadMs) {
      // A refresh token is good once: requests at the same time share one exchange.
      session.refreshing ??= renew(session);
      await session.refreshing;
    }
    return session.tokens.access_token;
  };

  return {
    open: (email, tokens) => {
      const id = randomBytes(32).toString('base64url');
      const { user_id: userId, roles } = tokens;
      const at = now();
      const session: Session = {
        ...{ id, email, userId, roles, tokens },
        ...{ takenAtMs: at, expiresAtMs: 0, endsAtMs: at + sessionMs, refreshing: undefined },
      };
      take(session, tokens, at);
      sessions.set(id, session);
      return session;
    },
    find: (id) => {
      const session = id === undefined ? undefined : sessions.get(id);
      if (session === undefined || session.endsAtMs > now()) return session;
      sessions.delete(session.id);
      return undefined;
    },
    accessToken,
    confirm: async (session) => {
      await accessToken(session).catch((error: { statusCode?: number }) => {
        if (error.statusCode === 401) throw loginNeeded();
      });
    },
    distrust: (session) => {
      if (now() - session.takenAtMs > distrustAfterMs) session.expiresAtMs = 0;
    },
    close: (id) => {
      sessions.delete(id);
    },
  };
};

const take = (session: Session, tokens: Tokens, nowMs: number): void => {
  session.tokens = tokens;
  session.roles = tokens.roles;
  session.takenAtMs = nowMs;
  session.expiresAtMs = nowMs + tokens.expires_in * 1_000;
};

export const loginNeeded = () => problem(401, 'login_required', 'log in to use the console');

import { createHash, randomBytes } from 'node:crypto';
import { unauthorized } from '@souk/service-kit/access/access-problems.ts';
import { accessTokenSeconds } from '@souk/service-kit/access/signing-keys.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { v7 as uuidv7 } from 'uuid';
import { normalEmail } from '../accounts/account.ts';
import type { Passwords } from '../accounts/password.ts';
import { loginAttempts } from './login-attempts.ts';
import { type Session, sessionRepository } from './session-repository.ts';
import type { Sign } from './sign.ts';

/** A session lasts this long, however often its tokens are exchanged. */
const sessionMs = 30 * 24 * 3_600_000;
const refreshTokenBytes = 32;
const refreshTokenPrefix = 'souk_rt_';

export interface Tokens {
  session: Session;
  accessToken: string;
  refreshToken: string;
  expiresInSeconds: number;
}

/** The use cases of identity. All reject with 503 `no_signing_keys` where this service has none. */
export interface Identity {
  /** Throws 401 `invalid_credentials`, 429 `too_many_attempts` and 503 `too_many_passwords`. */
  logIn(
    given: { email: string; password: string; address: string },
    caller: () => AbortSignal,
  ): Promise<Tokens>;
  /** A token that was used before ends its session: somebody has stolen it. Throws 401 `invalid_refresh_token`. */
  refresh(refreshToken: string): Promise<Tokens>;
  /** Ends the session of the token, or all of its user. A token that is not known changes nothing. */
  logOut(refreshToken: string): Promise<void>;
  logOutEverywhere(refreshToken: string): Promise<void>;
}

interface IdentityParts {
  db: Database;
  passwords: Passwords;
  sign: Sign;
}

export const createIdentity = ({ db, passwords, sign }: IdentityParts): Identity => {
  const sessions = sessionRepository(db);
  const attempts = loginAttempts(db);
  const tokens = async (session: Session, refreshToken: string): Promise<Tokens> => {
    const { id: sessionId, userId: subject, roles } = session;
    const accessToken = await sign({ subject, clientId: 'souk', roles, sessionId });
    return { session, accessToken, refreshToken, expiresInSeconds: accessTokenSeconds };
  };

  return {
    logIn: async ({ email, password, address }, caller) => {
      const account = await sessions.findAccount(normalEmail(email));
      await attempts.admit(account.emailKey, address);
      const matches = await passwords.matches(password, account.passwordHash ?? undefined, caller());
      if (account.userId === null || !matches)
        throw unauthorized('invalid_credentials', 'the e-mail or the password is wrong');
      await attempts.succeeded(account.emailKey, address);
      const now = new Date();
      const session = { id: uuidv7(), userId: account.userId, roles: account.roles };
      const refreshToken = newRefreshToken();
      const expiresAt = new Date(now.getTime() + sessionMs);
      await sessions.insert(session, { hash: hashOf(refreshToken), now, expiresAt });
      return tokens(session, refreshToken);
    },

    refresh: async (refreshToken) => {
      const next = newRefreshToken();
      const used = hashOf(refreshToken);
      const session = await sessions.exchange({ used, next: hashOf(next), now: new Date() });
      if (session) return tokens(session, next);
      await sessions.end(used);
      throw unauthorized('invalid_refresh_token', 'the refresh token is not valid, or not any more');
    },

    logOut: (refreshToken) => sessions.end(hashOf(refreshToken)),
    logOutEverywhere: (refreshToken) => sessions.endAll(hashOf(refreshToken)),
  };
};

const newRefreshToken = (): string =>
  refreshTokenPrefix + randomBytes(refreshTokenBytes).toString('base64url');

/** Of 256 random bits no other hash is needed. */
const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

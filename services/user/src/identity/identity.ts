import { unauthorized } from '@souk/service-kit/access/access-problems.ts';
import { accessTokenSeconds } from '@souk/service-kit/access/signing-keys.ts';
import { auditRefusal } from '@souk/service-kit/audit/audit-rows.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { invalidRequest, problem } from '@souk/service-kit/problem.ts';
import { v7 as uuidv7 } from 'uuid';
import { normalEmail } from '../accounts/account.ts';
import type { ConfirmPassword } from '../accounts/confirm-password.ts';
import type { Passwords } from '../accounts/password.ts';
import { loginAttempts } from './login-attempts.ts';
import { hashOf, newSecret } from './secret.ts';
import { type Session, sessionRepository } from './session-repository.ts';
import type { Sign } from './sign.ts';

/** A session lasts this long, however often its tokens are exchanged. */
const sessionMs = 30 * 24 * 3_600_000;
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
  confirmPassword: ConfirmPassword;
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
  /** Called after every commit that put events into the outbox. */
  onCommitted: () => void;
}

/** Tokens are signed before anything is written: when that fails, nothing has happened. */
export const createIdentity = ({ db, passwords, sign, onCommitted }: IdentityParts): Identity => {
  const sessions = sessionRepository({ db, onCommitted });
  const attempts = loginAttempts(db);
  const tokens = async (session: Session): Promise<Tokens> => {
    const { id: sessionId, userId: subject, roles } = session;
    const accessToken = await sign({ subject, clientId: 'souk', roles, sessionId });
    return {
      session,
      accessToken,
      refreshToken: refreshTokenPrefix + newSecret(),
      expiresInSeconds: accessTokenSeconds,
    };
  };
  /**
   * Whether the password is the account's. An attempt is counted as a failure before the comparison, and not while it
   * waits for its turn; the count of a right one is taken back.
   */
  const attempt = async (
    { emailKey, passwordHash }: { emailKey: string; passwordHash: string | null },
    { password, address }: { password: string; address: string },
    caller: () => AbortSignal,
  ): Promise<boolean> => {
    const admit = () => attempts.admit(emailKey, address);
    const matches = await passwords.matches(password, passwordHash ?? undefined, caller(), admit);
    if (matches) await attempts.succeeded(emailKey, address);
    return matches;
  };

  return {
    logIn: async ({ email, ...given }, caller) => {
      const account = await sessions.findAccount(normalEmail(email));
      const matches = await attempt(account, given, caller);
      if (!account.passwordHash || !matches) {
        // Also of an e-mail that nobody has: it takes as long.
        await auditRefusal(db, account.userId ?? '');
        throw invalidCredentials();
      }
      const { userId, passwordHash, roles } = account;
      const issued = await tokens({ id: uuidv7(), userId, roles });
      const now = new Date();
      const expiresAt = new Date(now.getTime() + sessionMs);
      const begin = { passwordHash, hash: hashOf(issued.refreshToken), now, expiresAt };
      if (!(await sessions.insert(issued.session, begin))) throw invalidCredentials();
      return issued;
    },

    confirmPassword: async ({ userId, password, address }, caller) => {
      const account = await sessions.findPassword(userId);
      if (!account) return;
      if (password === undefined)
        throw invalidRequest('body', [
          { field: 'current_password', message: 'must be given with a new password or e-mail' },
        ]);
      if (!(await attempt(account, { password, address }, caller))) {
        await auditRefusal(db, userId);
        throw problem(403, 'wrong_password', 'current_password is wrong');
      }
    },

    refresh: async (refreshToken) => {
      const used = hashOf(refreshToken);
      const now = new Date();
      const session = await sessions.find(used, now);
      const issued = session && (await tokens(session));
      if (issued && (await sessions.exchange({ used, next: hashOf(issued.refreshToken), now })))
        return issued;
      await sessions.end(used, now);
      throw unauthorized('invalid_refresh_token', 'the refresh token is not valid, or not any more');
    },

    logOut: (refreshToken) => sessions.end(hashOf(refreshToken), new Date()),
    logOutEverywhere: (refreshToken) => sessions.endAll(hashOf(refreshToken), new Date()),
  };
};

const invalidCredentials = () => unauthorized('invalid_credentials', 'the e-mail or the password is wrong');

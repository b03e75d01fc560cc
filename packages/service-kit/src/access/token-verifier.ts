import { type Role, roles, type Scope, scopes } from '@souk/contracts/access.ts';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Caller } from './caller.ts';
import type { KeyFile, KeySet } from './key-file.ts';

export interface TokenVerifier {
  /** The caller of a token, at once when it was verified before; rejects for any other token. */
  verify(token: string): Caller | Promise<Caller>;
}

export interface TokenRules {
  issuer: string;
  audience: string;
}

/** Older tokens are refused, whatever they say of themselves: so the deny list need not be longer. */
export const tokenAgeMaxSeconds = 3_600;
const clockToleranceSeconds = 5;
const verifiedMax = 10_000;
const lengthMax = 4_096;

/** Of the last character of 64 bytes only two bits count: with the others as zeros a signature has one writing. */
const tokenForm = /^[\w-]+\.[\w-]+\.[\w-]{85}[AQgw]$/;

/** Verifies access tokens (RFC 9068), signed by ES256 with a key of the file, and remembers those verified last. */
export const createTokenVerifier = (keyFile: KeyFile, rules: TokenRules): TokenVerifier => {
  const verified = new LRUCache<string, { caller: Caller; expiresAtMs: number }>({ max: verifiedMax });
  let keysOfVerified = keyFile.current();

  const check = async (token: string, keys: KeySet): Promise<Caller> => {
    const payload = await payloadOf(token, keys, rules);
    const caller = callerOf(payload);
    if (keys === keysOfVerified) verified.set(token, { caller, expiresAtMs: expiryOf(payload) });
    return caller;
  };

  const knowKeys = (keys: KeySet): KeySet => {
    if (keys !== keysOfVerified) verified.clear();
    keysOfVerified = keys;
    return keys;
  };

  return {
    verify: (token) => {
      const keys = knowKeys(keyFile.current());
      const known = verified.get(token);
      if (known && Date.now() < known.expiresAtMs) return known.caller;
      if (token.length > lengthMax || !tokenForm.test(token))
        return Promise.reject(new Error('not a token signed by ES256'));
      return check(token, keys).catch(async (error: unknown) => {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        // The key may be newer than what was read of the file.
        return check(token, knowKeys(await keyFile.fresh()));
      });
    },
  };
};

const payloadOf = async (
  token: string,
  { find }: KeySet,
  { issuer, audience }: TokenRules,
): Promise<JWTPayload> => {
  const { payload } = await jwtVerify(token, find, {
    algorithms: ['ES256'],
    typ: 'at+jwt',
    issuer,
    audience,
    requiredClaims: ['sub', 'client_id', 'exp', 'iat', 'jti'],
    maxTokenAge: tokenAgeMaxSeconds,
    clockTolerance: clockToleranceSeconds,
  });
  return payload;
};

/** When the token is too old at the latest, Unix milliseconds. */
const expiryOf = ({ exp, iat }: JWTPayload): number =>
  Math.min(exp as number, (iat as number) + tokenAgeMaxSeconds) * 1_000;

/** Roles and scopes that are not known here give no rights. */
const callerOf = ({ sub, iat, roles: given, scope, sid }: JWTPayload): Caller => ({
  subject: sub as string,
  roles: roles.filter((role: Role) => Array.isArray(given) && given.includes(role)),
  scopes: typeof scope === 'string' ? scopes.filter((known: Scope) => scope.split(' ').includes(known)) : [],
  sessionId: typeof sid === 'string' ? sid : undefined,
  issuedAtMs: (iat as number) * 1_000,
});

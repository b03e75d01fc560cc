import { readFileSync, statSync } from 'node:fs';
import { createLocalJWKSet, type JSONWebKeySet, type JWK } from 'jose';
import type { Logger } from '../log.ts';
import { wait } from '../service/backoff.ts';

/** The public keys of one state of the file; another state is another object. */
export interface KeySet {
  jwks: JSONWebKeySet;
  find: ReturnType<typeof createLocalJWKSet>;
}

export type KeyFile = ReturnType<typeof openKeyFile>;

const lookEveryMs = 1_000;
const lookAtMostEveryMs = 100;

/**
 * The keys that tokens are verified by, from a JWKS file that may change at any time. While the file cannot be read,
 * the keys read last are valid. Without a path there are none.
 */
export const openKeyFile = (path: string | undefined, log: Logger) => {
  let keys = keySetOf([]);
  let seen = '';
  let lookedAt = Number.NEGATIVE_INFINITY;

  const look = (afterMs: number): KeySet => {
    const now = performance.now();
    if (path === undefined || now - lookedAt < afterMs) return keys;
    lookedAt = now;
    try {
      const { mtimeNs, size, ino } = statSync(path, { bigint: true });
      const state = `${mtimeNs} ${size} ${ino}`;
      if (state === seen) return keys;
      keys = keySetOf(publicKeys(readFileSync(path, 'utf8')));
      seen = state;
    } catch (error) {
      log.warn({ code: (error as NodeJS.ErrnoException).code }, 'AUTH_JWKS_FILE cannot be read');
    }
    return keys;
  };
  return {
    /** The keys as the file held them at most a second ago. */
    current: () => look(lookEveryMs),
    /** The keys as the file holds them after this call; looks at it ten times a second at most. */
    fresh: async (): Promise<KeySet> => {
      const calledAt = performance.now();
      await wait(Math.max(0, lookedAt + lookAtMostEveryMs - calledAt));
      return lookedAt > calledAt ? keys : look(0);
    },
  };
};

const keySetOf = (keys: JWK[]): KeySet => ({ jwks: { keys }, find: createLocalJWKSet({ keys }) });

/** Of ES256 alone, and without a private part, should somebody have put one in. */
const publicKeys = (text: string): JWK[] =>
  (JSON.parse(text) as JSONWebKeySet).keys.flatMap(({ kty, crv, x, y, kid, use = 'sig' }) =>
    kty === 'EC' && crv === 'P-256' && kid && use === 'sig' && x && y
      ? [{ kty, crv, x, y, kid, use, alg: 'ES256' }]
      : [],
  );

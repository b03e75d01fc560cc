import { randomUUID } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { wait } from '../service/backoff.ts';

/** A private key, and from when on tokens are signed with it: services must have read its public part before. */
interface SigningKey {
  jwk: JWK;
  /** Unix milliseconds. */
  signsFrom: number;
}

export interface TokenClaims {
  /** The id of a user, or of a machine's key. */
  subject: string;
  clientId: string;
  roles?: readonly string[];
  scopes?: readonly string[];
  sessionId?: string;
}

export interface Signer {
  /** Rejects with the code ENOENT when there are no keys. */
  sign(claims: TokenClaims): Promise<string>;
}

export interface SignerOptions {
  /** What `rotateSigningKeys` wrote. */
  file: string;
  issuer: string;
  audience: string;
}

export const accessTokenSeconds = 600;
/** Longer than any token lives: then nothing is left that the key before could verify. */
const keptAfterMs = 3_600_000;
const lockWaitMs = 10_000;
const lockPollMs = 20;

export const signingKeysFile = (folder: string): string => join(folder, 'signing-keys.json');
export const publicKeysFile = (folder: string): string => join(folder, 'jwks.json');

/**
 * Adds a key to those of a folder, which it makes, and drops those that no token is verified by any more. Tokens are
 * signed with the new key after `settleMs`, or at once when it is the first. The public keys go to `publicFolder`.
 * Rotations of one folder wait for each other; throws an Error for the user after 10 seconds.
 */
export const rotateSigningKeys = async (
  folder: string,
  settleMs: number,
  publicFolder = folder,
): Promise<{ kid: string }> => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unlock = await lockFile(join(folder, 'rotating.lock'));
  try {
    return await addKey(folder, settleMs, publicFolder);
  } finally {
    unlock();
  }
};

const addKey = async (folder: string, settleMs: number, publicFolder: string): Promise<{ kid: string }> => {
  const now = Date.now();
  const before = readKeys(signingKeysFile(folder));
  const kept = before.filter((_key, index) => {
    const next = before[index + 1];
    return next === undefined || now < next.signsFrom + keptAfterMs;
  });
  const kid = randomUUID();
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid, use: 'sig', alg: 'ES256' };
  const keys: SigningKey[] = [...kept, { jwk, signsFrom: kept.length === 0 ? now : now + settleMs }];
  const published = keys.map(({ jwk: { d: _private, ...open } }) => open);
  replaceFile(publicKeysFile(publicFolder), { keys: published }, 0o644);
  replaceFile(signingKeysFile(folder), { keys }, 0o600);
  return { kid };
};

/** Signs access tokens (RFC 9068) with the newest key of a file that may change at any time. */
export const createSigner = ({ file, issuer, audience }: SignerOptions): Signer => {
  let keys: SigningKey[] = [];
  let seen = Number.NaN;

  const current = (): JWK => {
    const { mtimeMs } = statSync(file);
    if (mtimeMs !== seen) keys = readKeys(file);
    seen = mtimeMs;
    const key = keys.findLast(({ signsFrom }) => signsFrom <= Date.now());
    if (!key) throw Object.assign(new Error('no key may sign yet'), { code: 'ENOENT' });
    return key.jwk;
  };

  return {
    sign: async ({ subject, clientId, roles = [], scopes = [], sessionId }) => {
      const jwk = current();
      const claims = {
        client_id: clientId,
        ...(roles.length > 0 ? { roles } : {}),
        ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
        ...(sessionId ? { sid: sessionId } : {}),
      };
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: jwk.kid as string })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(`${accessTokenSeconds}s`)
        .setJti(randomUUID())
        .sign(await importJWK(jwk, 'ES256'));
    },
  };
};

const readKeys = (file: string): SigningKey[] => {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { keys: SigningKey[] }).keys;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};

/** Makes a file that must not be there yet, and waits while it is. The answer removes it. */
const lockFile = async (file: string): Promise<() => void> => {
  for (const until = performance.now() + lockWaitMs; ; await wait(lockPollMs))
    try {
      closeSync(openSync(file, 'wx'));
      return () => rmSync(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (performance.now() > until)
        throw new Error(
          `keys are being added already, or a process was killed meanwhile: then remove ${file}`,
        );
    }
};

/** Whole or not at all: others read it meanwhile. */
const replaceFile = (file: string, content: object, mode: number): void => {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(content)}\n`, { mode });
  renameSync(unfinished, file);
};

import { randomUUID } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';

export interface TestKey {
  kid: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

export interface TestKeys {
  /** For AUTH_JWKS_FILE. */
  file: string;
  key: TestKey;
  newKey(): Promise<TestKey>;
  /** Puts the public parts of these keys into the file, and nothing else. */
  publish(keys: Pick<TestKey, 'jwk'>[]): void;
  remove(): void;
}

/** A key file of its own, with one key. */
export const testKeys = async (): Promise<TestKeys> => {
  const folder = mkdtempSync(join(tmpdir(), 'souk-keys-'));
  const file = join(folder, 'jwks.json');
  const newKey = async (): Promise<TestKey> => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const kid = randomUUID();
    return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig' } };
  };
  const publish = (keys: Pick<TestKey, 'jwk'>[]) => {
    writeFileSync(`${file}.new`, JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
    renameSync(`${file}.new`, file);
  };
  const key = await newKey();
  publish([key]);
  return { file, key, newKey, publish, remove: () => rmSync(folder, { recursive: true }) };
};

/** The claims of an access token that a service takes, and what is different in this one. */
export const claimsOf = (different: Record<string, unknown> = {}): Record<string, unknown> => {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: 'souk',
    aud: 'souk',
    sub: randomUUID(),
    client_id: 'souk',
    iat: now,
    exp: now + 600,
    jti: randomUUID(),
    ...different,
  };
};

export const signToken = (
  { privateKey, kid }: TestKey,
  claims: object,
  header: object = {},
): Promise<string> =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...header })
    .sign(privateKey);

/** What attackers write instead: the same claims, by no algorithm, and by the public key as if it were a secret. */
export const forgedTokens = async (
  { publicKey, kid }: TestKey,
  claims: object,
): Promise<Record<string, string>> => {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const secret = new TextEncoder().encode(await exportSPKI(publicKey));
  return {
    'alg:none': `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${encode(claims)}.`,
    'HS256 by the public key': await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid })
      .sign(secret),
  };
};

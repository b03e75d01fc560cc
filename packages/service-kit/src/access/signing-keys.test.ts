import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { afterAll, expect, test, vi } from 'vitest';
import { createLogger } from '../log.ts';
import { openKeyFile } from './key-file.ts';
import { createSigner, publicKeysFile, rotateSigningKeys, signingKeysFile } from './signing-keys.ts';
import { createTokenVerifier } from './token-verifier.ts';

const folder = join(mkdtempSync(join(tmpdir(), 'souk-signing-')), 'keys');
afterAll(() => rmSync(join(folder, '..'), { recursive: true }));

const rules = { issuer: 'souk', audience: 'souk' };
const signer = createSigner({ file: signingKeysFile(folder), ...rules });
const claims = { subject: 'ada', clientId: 'souk', roles: ['staff'], scopes: ['ops:read'], sessionId: 's' };
const kidOf = async () => decodeProtectedHeader(await signer.sign(claims)).kid;
const published = (): { kid: string }[] => JSON.parse(readFileSync(publicKeysFile(folder), 'utf8')).keys;

test('signs what the services verify, and keeps the private keys to their owner', async () => {
  await expect(signer.sign(claims)).rejects.toMatchObject({ code: 'ENOENT' });
  const { kid } = await rotateSigningKeys(folder, 60_000);
  const log = createLogger('test', { LOG_LEVEL: 'silent', LOG_PRETTY: false });
  const verifier = createTokenVerifier(openKeyFile(publicKeysFile(folder), log), rules);
  const caller = await verifier.verify(await signer.sign(claims));
  expect(caller).toMatchObject({ subject: 'ada', roles: ['staff'], scopes: ['ops:read'], sessionId: 's' });
  expect(await kidOf()).toBe(kid);
  expect(statSync(signingKeysFile(folder)).mode & 0o777).toBe(0o600);
  expect(Object.keys(published()[0] as object)).not.toContain('d');
});

test('a new key is published before it signs, and the one before stays until its tokens have expired', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const [{ kid: first }] = published() as [{ kid: string }];
    const { kid: second } = await rotateSigningKeys(folder, 60_000);
    expect(published().map(({ kid }) => kid)).toEqual([first, second]);
    expect(await kidOf()).toBe(first);
    vi.advanceTimersByTime(60_000);
    expect(await kidOf()).toBe(second);
    const { kid: third } = await rotateSigningKeys(folder, 60_000);
    expect(published().map(({ kid }) => kid)).toEqual([first, second, third]);
    vi.advanceTimersByTime(3_700_000);
    const { kid: fourth } = await rotateSigningKeys(folder, 60_000);
    expect(published().map(({ kid }) => kid)).toEqual([third, fourth]);
  } finally {
    vi.useRealTimers();
  }
});

test('public keys go to a folder of their own where private ones must not be seen', async () => {
  const apart = join(folder, '..', 'apart');
  const open = join(folder, '..');
  const { kid } = await rotateSigningKeys(apart, 60_000, open);
  const { keys } = JSON.parse(readFileSync(publicKeysFile(open), 'utf8')) as { keys: { kid: string }[] };
  expect(keys.map((key) => key.kid)).toEqual([kid]);
  expect(existsSync(publicKeysFile(apart))).toBe(false);
});

test('keys that are added at the same moment are all kept, and all published', async () => {
  const shared = join(folder, '..', 'shared');
  const added = await Promise.all(Array.from({ length: 5 }, () => rotateSigningKeys(shared, 60_000)));
  const kids = added.map(({ kid }) => kid).toSorted();
  for (const file of [signingKeysFile(shared), publicKeysFile(shared)]) {
    const { keys } = JSON.parse(readFileSync(file, 'utf8')) as {
      keys: { kid?: string; jwk?: { kid: string } }[];
    };
    expect(keys.map(({ kid, jwk }) => kid ?? jwk?.kid).toSorted()).toEqual(kids);
  }
});

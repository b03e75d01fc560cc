import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publicKeysFile, rotateSigningKeys, signingKeysFile } from '@souk/service-kit/access/signing-keys.ts';
import { type TestKey, type TestKeys, testKeys } from '@souk/service-kit/testing/test-keys.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { afterAll, beforeAll } from 'vitest';
import { matrixTests } from './matrix-tests.ts';
import { revocationTests } from './revocation-tests.ts';

/** Tokens are signed by the user service, and by the tests. */
let folder: string;
let keys: TestKeys;
let mesh: TestMesh;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'souk-keys-'));
  await rotateSigningKeys(folder, 0);
  keys = await testKeys();
  const signing = JSON.parse(readFileSync(publicKeysFile(folder), 'utf8')) as { keys: TestKey['jwk'][] };
  keys.publish([keys.key, ...signing.keys.map((jwk) => ({ jwk }))]);
  mesh = await testMesh({
    env: {
      AUTH_MODE: 'required',
      RATE_LIMITS: 'off',
      AUTH_JWKS_FILE: keys.file,
      AUTH_SIGNING_KEYS_FILE: signingKeysFile(folder),
    },
  });
});
afterAll(async () => {
  await mesh?.stop();
  keys?.remove();
  if (folder) rmSync(folder, { recursive: true });
});

matrixTests(() => ({ mesh, keys }));
revocationTests(() => mesh);

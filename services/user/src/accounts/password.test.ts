import { argon2Sync } from 'node:crypto';
import { expect, test } from 'vitest';
import { passwordHasher } from './password.ts';

const parts = /^\$argon2id\$v=19\$m=7168,t=5,p=1\$([\w+/]{22})\$([\w+/]{43})$/;

test('many passwords at once each become an Argon2id hash with a salt of its own', async () => {
  const hashPassword = passwordHasher();
  const passwords = ['correct horse', 'battery staple', 'correct horse', 'Zoe\u0308', 'tr0ub4dor'];
  const hashes = await Promise.all(passwords.map(hashPassword));

  expect(new Set(hashes).size).toBe(passwords.length);
  for (const [index, hash] of hashes.entries()) {
    const [, salt = '', derived] = parts.exec(hash) ?? [];
    const again = argon2Sync('argon2id', {
      message: passwords[index]?.normalize('NFC') ?? '',
      nonce: Buffer.from(salt, 'base64'),
      memory: 7_168,
      passes: 5,
      parallelism: 1,
      tagLength: 32,
    });
    expect(again.toString('base64').replaceAll('=', '')).toBe(derived);
  }
});

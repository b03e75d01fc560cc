import { argon2, argon2Sync } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createPasswords } from './password.ts';

const parts = /^\$argon2id\$v=19\$m=7168,t=5,p=1\$([\w+/]{22})\$([\w+/]{43})$/;
const derive = promisify(argon2);
const waiting = new AbortController().signal;

test('many passwords at once each become an Argon2id hash with a salt of its own', async () => {
  const { hash: hashPassword } = createPasswords();
  const passwords = ['correct horse', 'battery staple', 'correct horse', 'Zoe\u0308', 'tr0ub4dor'];
  const hashes = await Promise.all(passwords.map((password) => hashPassword(password, waiting)));

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

test('a password too many is refused at once, until those that wait are abandoned or hashed', async () => {
  const { hash: hashPassword } = createPasswords();
  const gone = new AbortController();
  const running = [1, 2].map((index) => hashPassword(`running ${index}`, waiting));
  const abandoned = Array.from({ length: 50 }, (_, index) => hashPassword(`abandoned ${index}`, gone.signal));
  const outcomes = Promise.allSettled(abandoned);

  const refusal = { statusCode: 503, code: 'too_many_passwords', headers: { 'retry-after': '2' } };
  await expect(hashPassword('too many', waiting)).rejects.toMatchObject(refusal);

  gone.abort();
  const late = hashPassword('late', waiting);
  for (const hash of await Promise.all([...running, late])) expect(hash).toMatch(parts);
  expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
});

test('a hash matches the password that it was made of, however its letters are composed, and no other', async () => {
  const { hash, matches } = createPasswords();
  const hashed = await hash('Zoe\u0308 battery', waiting);
  expect(await matches('Zo\u00eb battery', hashed, waiting)).toBe(true);
  expect(await matches('Zoe battery', hashed, waiting)).toBe(false);
  expect(await matches('Zoe battery', undefined, waiting)).toBe(false);
});

test('where there is no hash the same Argon2 work is done', async () => {
  const work: object[] = [];
  const { hash, matches } = createPasswords((algorithm, parameters) => {
    const { message, nonce, ...cost } = parameters;
    work.push({
      ...cost,
      algorithm,
      bytes: [message, nonce].map((given) => Buffer.from(given as Buffer).length),
    });
    return derive(algorithm, parameters);
  });
  const hashed = await hash('correct horse', waiting);
  work.splice(0);
  for (const known of [hashed, undefined]) expect(await matches('wrong', known, waiting)).toBe(false);
  expect(work).toHaveLength(2);
  expect(work[1]).toEqual(work[0]);
});

test('a comparison that is refused or abandoned as its turn comes does no work, and the next one has its turn', async () => {
  let begun = 0;
  const { hash, matches } = createPasswords((algorithm, parameters) => {
    begun += 1;
    return derive(algorithm, parameters);
  });
  const refuse = () => Promise.reject(new Error('refused'));
  for (const _ of [1, 2, 3])
    await expect(matches('wrong', undefined, waiting, refuse)).rejects.toThrow('refused');
  for (const _ of [1, 2, 3]) {
    const gone = new AbortController();
    const leave = async () => gone.abort(new Error('left'));
    await expect(matches('wrong', undefined, gone.signal, leave)).rejects.toThrow('left');
  }
  expect(await hash('correct horse', waiting)).toMatch(parts);
  expect(begun).toBe(1);
});

test('no more than two passwords are hashed at once, whoever leaves while theirs is', async () => {
  const underWay: (() => void)[] = [];
  const { hash } = createPasswords(async () => {
    await new Promise<void>((resolve) => underWay.push(resolve));
    return Buffer.alloc(32);
  });
  const gone = new AbortController();
  const abandoned = [1, 2].map((index) => hash(`abandoned ${index}`, gone.signal));
  const outcomes = Promise.allSettled(abandoned);
  await expect.poll(() => underWay).toHaveLength(2);
  const next = hash('next', waiting);
  gone.abort();
  await turn();
  expect(underWay).toHaveLength(2);

  for (const end of underWay.splice(0)) end();
  await expect.poll(() => underWay).toHaveLength(1);
  for (const end of underWay) end();
  expect(await next).toMatch(/^\$argon2id\$/);
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

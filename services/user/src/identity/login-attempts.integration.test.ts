import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createPasswords } from '../accounts/password.ts';
import { testApp } from '../testing/test-app.ts';
import { createIdentity } from './identity.ts';

const app = await testApp();
afterAll(() => app.close());
beforeEach(() => app.sql`delete from login_attempts`);

const address = '198.51.100.7';
const staying = new AbortController().signal;
const wrong = Buffer.alloc(32, 1);

/** Log-ins with wrong passwords, and a processor whose work is done when `derive.now` is. */
const logIns = () => {
  const derive = { now: () => Promise.resolve(wrong) };
  const passwords = createPasswords(() => derive.now());
  const sign = () => Promise.reject(new Error('nothing is signed here'));
  const { logIn, confirmPassword } = createIdentity({ db: app.db, passwords, sign, onCommitted: () => {} });
  const email = `${randomUUID()}@example.org`;
  const tryOnce = (caller = () => staying) => logIn({ email, password: 'wrong', address }, caller);
  return { derive, passwords, tryOnce, confirmPassword };
};

/** Failures fade by the second. */
const failures = async (): Promise<number[]> => {
  const rows = await app.sql<{ failures: number }[]>`
    select round(failures) as failures from login_attempts order by subject`;
  return rows.map((row) => row.failures);
};

const refused = { code: 'invalid_credentials' };

test('a log-in that is refused for overload counts for neither account nor address, and forgives no other', async () => {
  const { derive, passwords, tryOnce } = logIns();
  for (const _ of [1, 2, 3]) await expect(tryOnce()).rejects.toMatchObject(refused);

  const released = Promise.withResolvers<Buffer<ArrayBuffer>>();
  derive.now = () => released.promise;
  const others = Array.from({ length: 52 }, () => passwords.hash('of another', staying));
  for (let count = 0; count < 7; count++)
    await expect(tryOnce()).rejects.toMatchObject({ code: 'too_many_passwords' });
  const atOnce = await Promise.allSettled(Array.from({ length: 20 }, () => tryOnce()));
  const overloaded = { status: 'rejected', reason: { code: 'too_many_passwords' } };
  for (const outcome of atOnce) expect(outcome).toMatchObject(overloaded);
  expect(await failures()).toEqual([3, 3]);

  released.resolve(wrong);
  await Promise.all(others);
  await expect(tryOnce()).rejects.toMatchObject(refused);
  expect(await failures()).toEqual([4, 4]);
});

test('a log-in whose client leaves counts when its turn has come, and not while it waits', async () => {
  const { derive, passwords, tryOnce } = logIns();
  await expect(tryOnce()).rejects.toMatchObject(refused);

  const released = Promise.withResolvers<Buffer<ArrayBuffer>>();
  derive.now = () => released.promise;
  const others = [1, 2].map(() => passwords.hash('of another', staying));
  const waiting = new AbortController();
  const leaves = tryOnce(() => {
    // By then it is in the queue.
    setImmediate(() => waiting.abort(new Error('left')));
    return waiting.signal;
  });
  await expect(leaves).rejects.toThrow('left');
  expect(await failures()).toEqual([1, 1]);
  released.resolve(wrong);
  await Promise.all(others);

  const begun = new AbortController();
  derive.now = async () => {
    begun.abort(new Error('left'));
    return wrong;
  };
  await expect(tryOnce(() => begun.signal)).rejects.toThrow('left');
  expect(await failures()).toEqual([2, 2]);
});

test('a log-in that waits for its turn and leaves ends no wait of others', async () => {
  const { derive, passwords, tryOnce } = logIns();
  for (const _ of [1, 2, 3]) await expect(tryOnce()).rejects.toMatchObject(refused);

  const released = Promise.withResolvers<Buffer<ArrayBuffer>>();
  derive.now = () => released.promise;
  const others = [1, 2].map(() => passwords.hash('of another', staying));
  const waiting = new AbortController();
  const queued = Promise.withResolvers<void>();
  const leaves = tryOnce(() => {
    queued.resolve();
    return waiting.signal;
  });
  await queued.promise;
  await app.sql`update login_attempts set failures = 12, wait_until = now() + interval '15 minutes'`;
  waiting.abort(new Error('left'));
  await expect(leaves).rejects.toThrow('left');
  released.resolve(wrong);
  await Promise.all(others);
  await expect(tryOnce()).rejects.toMatchObject({ code: 'too_many_attempts' });
});

test('a change of the password that is refused for overload counts as no wrong password', async () => {
  const { derive, passwords, confirmPassword } = logIns();
  const { body } = await app.request('POST', '/api/v1/users', {
    email: 'confirms@example.org',
    name: 'Ada',
    password: 'correct horse battery',
  });
  const released = Promise.withResolvers<Buffer<ArrayBuffer>>();
  derive.now = () => released.promise;
  const others = Array.from({ length: 52 }, () => passwords.hash('of another', staying));
  const given = { userId: body.id, password: 'correct horse battery', address };
  const refusal = { code: 'too_many_passwords' };
  await expect(confirmPassword(given, () => staying)).rejects.toMatchObject(refusal);
  expect(await failures()).toEqual([]);
  released.resolve(wrong);
  await Promise.all(others);
});

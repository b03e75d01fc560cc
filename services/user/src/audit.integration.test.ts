import { afterAll, expect, test } from 'vitest';
import { testApp } from './testing/test-app.ts';

const app = await testApp();
afterAll(() => app.close());

test('a log-in that is refused has its row, whoever’s account it was for, without the e-mail', async () => {
  const password = 'correct horse battery';
  const { id } = (
    await app.request('POST', '/api/v1/users', { email: 'mary@example.org', name: 'Mary', password })
  ).body;
  const logIn = (email: string) => app.request('POST', '/api/v1/auth/login', { email, password: 'a guess' });
  await logIn('mary@example.org');
  await logIn('nobody@example.org');
  const { body } = await app.request('GET', '/api/v1/audit?action=logIn&outcome=refused');
  expect(body.items.map(({ subject, object }: Record<string, string>) => [subject, object])).toEqual([
    ['anyone', ''],
    ['anyone', id],
  ]);
  expect(JSON.stringify(body)).not.toMatch(/mary|nobody|guess/);
  await app.sql`truncate audit`;
});

test('every change has its row, with ids alone', async () => {
  const password = 'correct horse battery';
  const account = { email: 'grace@example.org', name: 'Grace Hopper', password };
  const { id } = (await app.request('POST', '/api/v1/users', account)).body;
  await app.request('PUT', `/api/v1/users/${id}`, { name: 'Rear Admiral' });
  await app.request('PUT', `/api/v1/users/${id}`, { name: 'Rear Admiral' });
  await app.request('PUT', `/api/v1/users/${id}/cart`, { items: [{ product_id: id, quantity: 1 }] });
  const logIn = async () =>
    (await app.request('POST', '/api/v1/auth/login', { email: account.email, password })).body.refresh_token;
  await app.request('POST', '/api/v1/auth/logout', { refresh_token: await logIn() });
  await app.request('POST', '/api/v1/auth/logout-all', { refresh_token: await logIn() });
  const key = (await app.request('POST', '/api/v1/api-keys', { name: 'till', scopes: ['ops:read'] })).body;
  await app.request('DELETE', `/api/v1/api-keys/${key.id}`);
  await app.request('POST', '/api/v1/events', { user_id: id, type: 'view' });
  await app.request('DELETE', `/api/v1/users/${id}`);
  const { body } = await app.request('GET', '/api/v1/audit');
  const done = body.items
    .toReversed()
    .map(({ subject, action, object }: Record<string, string>) => [subject, action, object]);
  expect(done).toEqual([
    ['anyone', 'registerUser', id],
    ['local-operator', 'updateUser', id],
    ['local-operator', 'replaceCart', id],
    ['anyone', 'logIn', id],
    ['anyone', 'logOut', id],
    ['anyone', 'logIn', id],
    ['anyone', 'logOutEverywhere', id],
    ['local-operator', 'createApiKey', key.id],
    ['local-operator', 'revokeApiKey', key.id],
    ['local-operator', 'deleteUser', id],
  ]);
  expect(JSON.stringify(body)).not.toMatch(/grace|hopper|admiral|till|127\.0\.0\.1/i);
});

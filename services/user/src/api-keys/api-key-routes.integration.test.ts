import { decodeJwt } from 'jose';
import { afterAll, expect, test } from 'vitest';
import { problemWith, testApp } from '../testing/test-app.ts';

const app = await testApp();
afterAll(() => app.close());

const path = '/api/v1/api-keys';
const create = async (different: object = {}) =>
  (await app.request('POST', path, { name: 'warehouse', scopes: ['orders:read'], ...different })).body;
const exchange = (api_key: string) => app.request('POST', '/api/v1/auth/token', { api_key });

test('a key is exchanged for access tokens with its scopes, and no roles', async () => {
  const { id, api_key } = await create({ scopes: ['orders:read', 'orders:fulfil'] });
  expect(api_key).toMatch(new RegExp(`^souk_${id}_[\\w-]{43}$`));
  const { status, headers, body } = await exchange(api_key);
  expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'orders:read orders:fulfil' });
  const claims = decodeJwt(body.access_token);
  expect(claims).toMatchObject({ sub: id, client_id: id, scope: 'orders:read orders:fulfil' });
  expect(claims.roles).toBeUndefined();
});

test('the secret is shown once, and is in no list, no table and no log', async () => {
  const { id, api_key } = await create();
  const secret = api_key.slice(-43);
  const { body } = await app.request('GET', `${path}?limit=100`);
  expect(body.items).toContainEqual(
    expect.objectContaining({ id, name: 'warehouse', scopes: ['orders:read'] }),
  );
  expect(JSON.stringify(body)).not.toContain(secret);
  expect(JSON.stringify(await app.sql`select * from api_keys`)).not.toContain(secret);
  await exchange(api_key);
  expect(app.logs()).not.toContain(secret);
});

test('a key that is revoked, has expired or has another secret is not taken', async () => {
  const [revoked, expired, other] = [await create(), await create(), await create()];
  expect((await app.request('DELETE', `${path}/${revoked.id}`)).status).toBe(204);
  expect(await app.request('DELETE', `${path}/${revoked.id}`)).toMatchObject(
    problemWith(404, 'api_key_not_found'),
  );
  await app.sql`update api_keys set expires_at = now() where id = ${expired.id}`;
  const swapped = `souk_${other.id}_${expired.api_key.slice(-43)}`;
  for (const key of [revoked.api_key, expired.api_key, swapped, 'nonsense'])
    expect(await exchange(key)).toMatchObject(problemWith(401, 'invalid_api_key'));
});

test('keys are listed by cursor, each once', async () => {
  for (let count = 0; count < 3; count++) await create();
  const seen: string[] = [];
  let cursor = '';
  while (cursor !== null) {
    const { body } = await app.request('GET', `${path}?limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...body.items.map(({ id }: { id: string }) => id));
    cursor = body.next_cursor;
  }
  const [{ ids }] = await app.sql<[{ ids: string[] }]>`select array_agg(id order by id) as ids from api_keys`;
  expect(seen).toEqual(ids);
});

test('a key without scopes, or with one that is not known, is not made', async () => {
  for (const scopes of [[], ['everything']])
    expect(await app.request('POST', path, { name: 'x', scopes })).toMatchObject(
      problemWith(400, 'invalid_request'),
    );
});

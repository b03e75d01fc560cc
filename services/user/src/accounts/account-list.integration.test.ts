import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemWith, testApp } from '../testing/test-app.ts';

const app = await testApp();
afterAll(() => app.close());
let ids: string[];
beforeAll(async () => {
  ids = [];
  for (let count = 0; count < 25; count++) ids.push((await app.newUser()).id);
});

const idsOf = (items: { id: string }[]) => items.map(({ id }) => id);

test.each(['/users', '/api/v1/users'])('GET %s gives pages with the total', async (path) => {
  const { body } = await app.request('GET', `${path}?page=3&limit=10`);
  const totals = { total: 25, total_is_exact: true };
  expect(body).toEqual({ items: expect.any(Array), page: 3, limit: 10, ...totals, next_cursor: null });
  expect(idsOf(body.items)).toEqual(ids.slice(20));
  const first = (await app.request('GET', path)).body;
  expect(first).toMatchObject({ page: 1, limit: 10, total: 25, next_cursor: expect.any(String) });
  expect((await app.request('GET', `${path}?page=9`)).body).toMatchObject({ items: [], total: 25 });
});

test('goes through all by cursor, each once, while others register', async () => {
  const seen: string[] = [];
  let cursor = '';
  for (let pages = 0; cursor !== null && pages < 50; pages++) {
    const { body } = await app.request('GET', `/users?limit=4${cursor && `&cursor=${cursor}`}`);
    seen.push(...idsOf(body.items));
    cursor = body.next_cursor;
    if (pages < 3) ids.push((await app.newUser()).id);
  }
  expect(seen).toEqual(ids);
});

test('finds a user by e-mail in any case', async () => {
  const user = await app.newUser();
  const { body } = await app.request('GET', `/users?email=${user.email.toUpperCase()}`);
  expect(body).toMatchObject({ items: [user], total: 1, next_cursor: null });
  expect((await app.request('GET', '/users?email=nobody@example.org')).body).toMatchObject({
    items: [],
    total: 0,
  });
});

test('finds an e-mail by its index', async () => {
  await app.sql`set enable_seqscan = off`;
  const plan = await app.sql`
    explain select id from users where email_key = email_key(${'a@b.c'})`;
  expect(JSON.stringify(plan)).toContain('users_by_email_key');
});

test('refuses bad pages, and names every bad field', async () => {
  const get = (query: string) => app.request('GET', `/users?${query}`);
  expect(await get('page=0&limit=1000')).toMatchObject(
    problemWith(400, 'invalid_request', ['limit', 'page']),
  );
  expect(await get('mail=ada@example.org')).toMatchObject(problemWith(400, 'invalid_request', ['mail']));
  expect(await get('cursor=abc')).toMatchObject(problemWith(400, 'invalid_cursor', ['cursor']));
  const cursor = Buffer.from('["not an id"]').toString('base64url');
  expect(await get(`cursor=${cursor}`)).toMatchObject(problemWith(400, 'invalid_cursor', ['cursor']));
  expect(await get('page=90000&limit=100')).toMatchObject(problemWith(400, 'invalid_request', ['page']));
});

test('counts to 10,000, and says when there are more', async () => {
  const totals = async () => {
    const { total, total_is_exact } = (await app.request('GET', '/users')).body;
    return { total, total_is_exact };
  };
  const register = (first: number, last: number) => app.sql`
    insert into users (id, email, name, first_name, last_name, cart, version, created_at, updated_at)
    select gen_random_uuid(), 'filler-' || step || '@example.org', 'Filler', 'Filler', '', '[]', 1, now(), now()
    from generate_series(${first}::integer, ${last}::integer) as step`;
  const [{ count }] = await app.sql<[{ count: number }]>`select count(*) as count from users`;
  await register(count + 1, 10_000);
  expect(await totals()).toEqual({ total: 10_000, total_is_exact: true });
  await register(10_001, 10_001);
  expect(await totals()).toEqual({ total: 10_000, total_is_exact: false });
});

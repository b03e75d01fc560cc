import { afterAll, expect, test } from 'vitest';
import { problemWith, testApp } from './testing/test-app.ts';

const app = await testApp();
afterAll(() => app.close());

const post = (path: string, body: unknown, key: string) =>
  app.request('POST', path, body, { 'idempotency-key': `"${key}"` });
const written = async () => {
  const [row] = await app.sql`
    select (select count(*) from users) as users, (select count(*) from events) as events,
      (select count(*) from api_keys) as keys, (select count(*) from outbox) as published`;
  return row;
};

test.each(['users', 'events', 'events/batch'])(
  'a repeated POST of %s is answered as the first, and does nothing',
  async (what) => {
    const { id } = await app.newUser();
    const activity = { user_id: id, type: 'view', data: { seen: 1.5 } };
    const body = {
      users: { email: 'twice@example.org', name: 'Twice Sent', password: 'correct horse' },
      events: activity,
      'events/batch': { events: [activity, { ...activity, type: 'like' }, { user_id: id }] },
    }[what];
    const first = await post(`/api/v1/${what}`, body, what);
    const before = await written();

    const repeat = await post(`/api/v1/${what}`, body, what);

    expect(first.status).toBeLessThan(300);
    expect(repeat.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    for (const name of ['etag', 'location', 'content-type'])
      expect(repeat.headers[name]).toBe(first.headers[name]);
    expect([repeat.status, repeat.body]).toEqual([first.status, first.body]);
    expect(await written()).toEqual(before);
  },
);

test('a commit under a key is announced after it, when its events can be seen', async () => {
  const commits = app.commits();

  await post('/users', { email: 'announced@example.org', name: 'An Nounced' }, 'announced');

  // Once by the use case, whose transaction is still open then, and once by what commits it.
  expect(app.commits()).toBe(commits + 2);
});

test('a refused registration is judged anew when it is sent again', async () => {
  const taken = await app.newUser();
  const body = { email: taken.email, name: 'Late Comer' };
  expect(await post('/users', body, 'refused')).toMatchObject(problemWith(409, 'email_taken'));

  await app.request('DELETE', `/users/${taken.id}`);

  expect((await post('/users', body, 'refused')).status).toBe(201);
});

test('the answer of a registration is erased with its user, whom a late repeat does not register again', async () => {
  const body = { email: 'zerased@example.org', name: 'Zerased Person' };
  const { body: user } = await post('/users', body, 'erased');
  await post('/api/v1/events', { user_id: user.id, type: 'view', data: { note: 'zerased' } }, 'erased');
  await app.request('DELETE', `/users/${user.id}`);

  const kept = await app.sql`select from idempotent_answers as t where strpos(lower(t::text), 'zerased') > 0`;
  expect(kept).toHaveLength(0);
  const before = await written();
  expect(await post('/users', body, 'erased')).toMatchObject(problemWith(409, 'idempotency_answer_not_kept'));
  expect(await written()).toEqual(before);
});

test('the secret of an API key is not kept: a repeat makes no second key and says why', async () => {
  const body = { name: 'warehouse', scopes: ['orders:read'] };
  const first = await post('/api/v1/api-keys', body, 'secret');
  const before = await written();

  const repeat = await post('/api/v1/api-keys', body, 'secret');

  expect(repeat).toMatchObject(problemWith(409, 'idempotency_answer_not_kept'));
  expect(await written()).toEqual(before);
  const [{ held }] = await app.sql<[{ held: number }]>`
    select count(*) as held from idempotent_answers as t
    where strpos(t::text, ${first.body.api_key.slice(-43)}) > 0`;
  expect(held).toBe(0);
});

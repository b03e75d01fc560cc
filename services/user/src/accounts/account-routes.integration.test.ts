import { afterAll, describe, expect, test } from 'vitest';
import { problemWith, testApp } from '../testing/test-app.ts';

const unknownId = '0198c1de-3b00-7000-8000-00000000dead';

const app = await testApp();
afterAll(() => app.close());

const counts = async () => {
  const [row] = await app.sql`
    select (select count(*) from users) as users, (select count(*) from outbox) as events`;
  return row;
};

describe('passwords', () => {
  const register = (url: string, email: string, signal?: AbortSignal) =>
    fetch(`${url}/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, name: 'Many', password: 'correct horse' }),
      ...(signal && { signal }),
    });

  test('are stored or refused with 503 and Retry-After, and stored for nobody who has gone', async () => {
    const url = await app.listen();
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, index) => register(url, `many-${index}@example.org`)),
    );
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(120 - 50);
    for (const answer of refused) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
      expect(await answer.json()).toMatchObject({ code: 'too_many_passwords' });
    }

    const gone = new AbortController();
    const leaving = Array.from({ length: 50 }, (_, index) =>
      register(url, `gone-${index}@example.org`, gone.signal).catch((error: Error) => error.name),
    );
    await Promise.race(leaving);
    gone.abort();
    await Promise.all(leaving);
    expect((await register(url, 'stays@example.org')).status).toBe(201);
    const [row] = await app.sql`select count(*) as count from users where email like 'gone-%'`;
    expect(row?.count).toBeLessThan(25);
    expect(app.logs()).not.toContain('request failed');
  });
});

describe('registering', () => {
  const person = { name: 'Ada Lovelace', first_name: 'Ada', last_name: 'Lovelace' };

  test.each(['/api/v1/users', '/users', '/users/register'])(
    'POST %s takes a whole name, a name in two parts, and a password',
    async (path) => {
      const forms = [
        { name: ' Ada   Lovelace ' },
        { first_name: 'Ada', last_name: 'Lovelace' },
        { name: 'Ada Lovelace', password: 'difference engine' },
      ];
      for (const [index, form] of forms.entries()) {
        const email = `ada${path.replaceAll('/', '.')}.${index}@example.org`;
        const { status, headers, body } = await app.request('POST', path, { email, ...form });

        expect({ status, body }).toEqual({
          status: 201,
          body: {
            id: expect.stringMatching(/^[0-9a-f-]{14}7/),
            email,
            ...person,
            cart: [],
            version: 1,
            created_at: expect.stringMatching(/Z$/),
            updated_at: body.created_at,
          },
        });
        expect(headers).toMatchObject({ location: `/api/v1/users/${body.id}`, etag: '"1"' });
        expect((await app.request('GET', `/users/${body.id}`)).body).toEqual(body);
      }
    },
  );

  test('takes a name of one word', async () => {
    const { body } = await app.request('POST', '/users', { email: 'cher@example.org', name: 'Cher' });
    expect(body).toMatchObject({ name: 'Cher', first_name: 'Cher', last_name: '' });
    const { id, ...parts } = { ...body, email: 'cher2@example.org' };
    const again = await app.request('POST', '/users', {
      email: parts.email,
      first_name: parts.first_name,
      last_name: parts.last_name,
    });
    expect(again.body).toMatchObject({ name: 'Cher', first_name: 'Cher', last_name: '' });
  });

  test('refuses an e-mail that another user has in any case, also letters outside of ASCII', async () => {
    await app.request('POST', '/users', { email: 'Zoë@Example.org', name: 'Zoë' });
    const before = await counts();
    for (const email of ['Zoë@Example.org', ' zoË@example.ORG ', 'ZOE\u0308@example.org'])
      expect(await app.request('POST', '/users', { email, name: 'Other' }), email).toMatchObject(
        problemWith(409, 'email_taken', ['email']),
      );
    expect(await counts()).toEqual(before);
  });

  test.each([
    ['ΝΙΚΟΣ@example.org', 'νικος@example.org'],
    ['ΝΙΚΟΣ2@example.org', 'νικοσ2@example.org'],
    ['straße@example.org', 'STRASSE@example.org'],
    ['ﬁona@example.org', 'FIONA@example.org'],
    ['ａnna@example.org', 'anna@EXAMPLE.org'],
  ])('takes %s and %s for one address', async (first, second) => {
    expect((await app.request('POST', '/users', { email: first, name: 'One' })).status).toBe(201);
    expect(await app.request('POST', '/users', { email: second, name: 'Two' })).toMatchObject(
      problemWith(409, 'email_taken', ['email']),
    );
    const { body } = await app.request('GET', `/users?email=${encodeURIComponent(second)}`);
    expect(body).toMatchObject({ total: 1, items: [{ email: first }] });
  });

  test('takes ida@, İda@ and ıda@ for three addresses', async () => {
    for (const email of ['ida@example.org', 'İda@example.org', 'ıda@example.org'])
      expect((await app.request('POST', '/users', { email, name: 'Ida' })).status, email).toBe(201);
  });

  test.each(['\u200b', '\u202e', '\u0001', '\u00ad', '\u2060', '\ue000', '\u{e0001}'])(
    'refuses an e-mail or a name with the invisible character %j, and says so',
    async (character) => {
      const before = await counts();
      const faulty = { email: `b${character}ob@example.org`, name: `B${character}ob` };
      const user = await app.newUser();
      for (const field of ['email', 'name'] as const) {
        const body = { email: 'bob@example.org', name: 'Bob', [field]: faulty[field] };
        for (const answer of [
          await app.request('POST', '/users', body),
          await app.request('PUT', `/users/${user.id}`, body),
        ])
          expect(answer).toMatchObject({
            status: 400,
            body: { errors: [{ field, message: 'must not contain invisible or control characters' }] },
          });
      }
      expect(await counts()).toMatchObject({ users: Number(before?.users) + 1 });
    },
  );

  test('takes names of scripts that join letters by invisible characters', async () => {
    const name = 'می\u200cخواهم';
    const { body } = await app.request('POST', '/users', { email: 'joined@example.org', name });
    expect(body).toMatchObject({ name });
  });

  test('lets one of many at the same time have an e-mail', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        app.request('POST', '/users', { email: 'contended@example.org', name: 'Racer' }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
  });

  test.each([
    ['names all missing fields', {}, ['name', 'first_name', 'last_name', 'email']],
    [
      'names all fields of a wrong type',
      { email: 5, name: null, first_name: [], last_name: {}, password: 12345678 },
      ['email', 'name', 'first_name', 'last_name', 'password'],
    ],
    ['refuses what is no e-mail', { email: 'ada at example', name: 'Ada' }, ['email']],
    ['refuses a blank name', { email: 'a@example.org', name: '  ' }, ['name']],
    ['refuses a short password', { email: 'a@example.org', name: 'A', password: 'short' }, ['password']],
    ['refuses unknown fields', { email: 'a@example.org', name: 'A', admin: true }, ['admin']],
    [
      'refuses a name that contradicts its parts',
      { email: 'a@example.org', name: 'A B', first_name: 'C', last_name: 'D' },
      ['name'],
    ],
    ['refuses the character U+0000', { email: 'a@example.org', name: 'A\u0000B' }, ['name']],
    ['refuses too long a name', { email: 'a@example.org', name: 'x'.repeat(300) }, ['name']],
  ])('%s', async (_, body, fields) => {
    const before = await counts();
    expect(await app.request('POST', '/api/v1/users', body)).toMatchObject(
      problemWith(400, 'invalid_request', fields),
    );
    expect(await counts()).toEqual(before);
  });

  test('refuses bodies that it cannot read, and changes nothing', async () => {
    const before = await counts();
    const post = (body: unknown, headers?: Record<string, string>) =>
      app.request('POST', '/api/v1/users', body, headers);
    expect(await post('{"email":')).toMatchObject(problemWith(400, 'invalid_json'));
    expect(await post(undefined)).toMatchObject(problemWith(400, 'invalid_request'));
    expect(await post('a=b', { 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject(
      problemWith(415, 'unsupported_media_type'),
    );
    expect(await post({ email: 'a@example.org', name: 'x'.repeat(200_000) })).toMatchObject(
      problemWith(413, 'body_too_large'),
    );
    expect(await counts()).toEqual(before);
  });
});

describe('reading', () => {
  test('answers 404 for an unknown id and 400 for what is no id', async () => {
    for (const method of ['GET', 'DELETE'] as const) {
      expect(await app.request(method, `/users/${unknownId}`)).toMatchObject(
        problemWith(404, 'user_not_found'),
      );
      expect(await app.request(method, '/users/42')).toMatchObject(
        problemWith(400, 'invalid_request', ['id']),
      );
    }
    expect(await app.request('PUT', `/users/${unknownId}`, {})).toMatchObject(
      problemWith(404, 'user_not_found'),
    );
    expect(await app.request('PUT', `/api/v1/users/${unknownId}/cart`, { items: [] })).toMatchObject(
      problemWith(404, 'user_not_found'),
    );
    expect(await app.request('GET', '/nowhere')).toMatchObject(problemWith(404, 'route_not_found'));
  });

  test('takes an id in upper case', async () => {
    const user = await app.newUser();
    expect((await app.request('GET', `/users/${user.id.toUpperCase()}`)).body).toEqual(user);
  });
});

describe('updating', () => {
  test('changes the given fields alone, and its parts follow a name', async () => {
    const user = await app.newUser();
    const put = async (body: unknown) => (await app.request('PUT', `/users/${user.id}`, body)).body;

    expect(await put({ first_name: 'Grace' })).toMatchObject({
      email: user.email,
      name: `Grace ${user.last_name}`,
      version: 2,
    });
    expect(await put({ name: 'Grace Brewster Hopper' })).toMatchObject({
      first_name: 'Grace',
      last_name: 'Brewster Hopper',
      version: 3,
    });
    const email = `new.${user.email}`;
    const last = await put({ email });
    expect(last).toMatchObject({ email, name: 'Grace Brewster Hopper', version: 4 });
    expect((await app.request('GET', `/api/v1/users/${user.id}`)).body).toEqual(last);
  });

  test('keeps the version and publishes nothing when it changes nothing', async () => {
    const user = await app.newUser();
    const before = [await counts(), app.commits()];
    for (const body of [{}, { email: ` ${user.email}` }, { name: user.name, first_name: user.first_name }])
      expect((await app.request('PUT', `/users/${user.id}`, body)).body).toEqual(user);
    expect([await counts(), app.commits()]).toEqual(before);
  });

  test('counts a new password as a change', async () => {
    const user = await app.newUser();
    const { body } = await app.request('PUT', `/users/${user.id}`, { password: 'correct horse' });
    expect(body).toMatchObject({ name: user.name, version: 2 });
    const [row] = await app.sql`select password_hash from users where id = ${user.id}`;
    expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$/);
    await app.request('PUT', `/users/${user.id}`, { name: 'Other' });
    expect(await app.sql`select password_hash from users where id = ${user.id}`).toEqual([row]);
  });

  test('refuses the e-mail of another, but not its own in another case', async () => {
    const [user, other] = [await app.newUser(), await app.newUser()];
    const taken = await app.request('PUT', `/users/${user.id}`, { email: other.email.toUpperCase() });
    expect(taken).toMatchObject(problemWith(409, 'email_taken', ['email']));
    const own = await app.request('PUT', `/users/${user.id}`, { email: user.email.toUpperCase() });
    expect(own.body).toMatchObject({ email: user.email.toUpperCase(), version: 2 });
  });

  test('is guarded by If-Match', async () => {
    const { id } = await app.newUser();
    const put = (etag: string, name: string) =>
      app.request('PUT', `/users/${id}`, { name }, { 'if-match': etag });
    expect(await put('"1"', 'Second')).toMatchObject({ status: 200, headers: { etag: '"2"' } });
    expect(await put('"1"', 'Third')).toMatchObject(problemWith(412, 'version_mismatch'));
    expect(await put('no etag', 'Third')).toMatchObject(problemWith(400, 'invalid_request', ['if-match']));
    expect(await put('*', 'Third')).toMatchObject({ status: 200, body: { version: 3 } });
    expect(await app.request('DELETE', `/users/${id}`, undefined, { 'if-match': '"2"' })).toMatchObject(
      problemWith(412, 'version_mismatch'),
    );
  });

  test('names all fields of a wrong type', async () => {
    const { id } = await app.newUser();
    expect(await app.request('PUT', `/users/${id}`, { email: true, name: 7, age: 3 })).toMatchObject(
      problemWith(400, 'invalid_request', ['age', 'email', 'name']),
    );
  });

  test('gives parallel updates versions without a gap, and numbers in the order of the versions', async () => {
    const { id } = await app.newUser();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => app.request('PUT', `/users/${id}`, { name: `Name ${index}` })),
    );
    const versions = answers.map(({ body }) => body.version).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 20 }, (_, index) => index + 2));
    const published = (await app.published()).filter(({ key }) => key === id);
    expect(published.map(({ data }) => 'version' in data && data.version)).toEqual([1, ...versions]);
  });
});

test('what a rule refuses is no failure of the database', async () => {
  const [user, other] = [await app.newUser(), await app.newUser()];
  const path = `/api/v1/users/${user.id}`;
  const unknown = '/api/v1/users/0198c1de-3b00-7000-8000-0000000000ff';
  const outdated = { 'if-match': '"9"' };
  const answers = [
    await app.request('POST', '/api/v1/users', { email: user.email, name: 'Other' }),
    await app.request('PUT', path, { email: other.email }),
    await app.request('PUT', path, { name: 'Other' }, outdated),
    await app.request('PUT', path, { name: 'Ada King', first_name: 'Ada', last_name: 'Lovelace' }),
    await app.request('PUT', unknown, { name: 'Other' }),
    await app.request('DELETE', path, undefined, outdated),
    await app.request('DELETE', unknown),
  ];
  expect(answers.map(({ status }) => status)).toEqual([409, 409, 412, 400, 404, 412, 404]);
  expect(await app.queryErrors()).toBe(0);
});

describe('the cart', () => {
  const tea = '0198c1de-3b00-7000-8000-0000000000a1';
  const cup = '0198c1de-3b00-7000-8000-0000000000A2';

  test('is replaced as a whole, and shown with its user', async () => {
    const { id } = await app.newUser();
    const put = (items: unknown) => app.request('PUT', `/api/v1/users/${id}/cart`, { items });
    const cart = [
      { product_id: tea, quantity: 2 },
      { product_id: cup.toLowerCase(), quantity: 1 },
    ];
    const first = await put([cart[0], { product_id: cup, quantity: 1 }]);
    expect(first).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: { cart, version: 2 } });
    expect((await put(cart)).body).toEqual(first.body);
    expect((await put([cart[1]])).body).toMatchObject({ cart: [cart[1]], version: 3 });
    expect((await app.request('GET', `/users/${id}`)).body).toMatchObject({ cart: [cart[1]], version: 3 });
    expect((await app.published()).filter(({ key }) => key === id).map(({ type }) => type)).toEqual([
      'user.registered.v1',
      'user.cart_updated.v1',
      'user.cart_updated.v1',
    ]);
  });

  test('refuses items that it cannot hold, and names each', async () => {
    const { id } = await app.newUser();
    const put = (body: unknown) => app.request('PUT', `/api/v1/users/${id}/cart`, body);
    const faulty = [{ product_id: 'tea', quantity: 0 }, { product_id: tea, quantity: 1.5 }, { quantity: 1 }];
    expect(await put({ items: faulty })).toMatchObject(
      problemWith(400, 'invalid_request', [
        'items/0/product_id',
        'items/0/quantity',
        'items/1/quantity',
        'items/2/product_id',
      ]),
    );
    const twice = [tea, cup, tea.toUpperCase()].map((product_id) => ({ product_id, quantity: 1 }));
    expect(await put({ items: twice })).toMatchObject(
      problemWith(400, 'invalid_request', ['items/2/product_id']),
    );
    expect(await put({})).toMatchObject(problemWith(400, 'invalid_request', ['items']));
    const many = Array.from({ length: 501 }, (_, index) => ({
      product_id: `0198c1de-3b00-7000-8000-${String(index).padStart(12, '0')}`,
      quantity: 10_000,
    }));
    expect(await put({ items: many })).toMatchObject(problemWith(400, 'invalid_request', ['items']));
    expect((await put({ items: many.slice(1) })).body.cart).toHaveLength(500);
    const [{ data } = { data: undefined }] = (await app.published()).filter(
      ({ type, key }) => type === 'user.cart_updated.v1' && key === id,
    );
    expect(data).toMatchObject({ cart: many.slice(1) });
  });

  test('is guarded by If-Match', async () => {
    const { id } = await app.newUser();
    const answer = await app.request('PUT', `/api/v1/users/${id}/cart`, { items: [] }, { 'if-match': '"9"' });
    expect(answer).toMatchObject(problemWith(412, 'version_mismatch'));
    expect(answer.headers.etag).toBe('"1"');
  });
});

describe('deleting', () => {
  test('erases the user and publishes it as one more version', async () => {
    const user = await app.newUser();
    expect(await app.request('DELETE', `/api/v1/users/${user.id}`)).toMatchObject({
      status: 204,
      body: '',
    });
    expect(await app.request('GET', `/users/${user.id}`)).toMatchObject(problemWith(404, 'user_not_found'));
    expect(await app.request('DELETE', `/users/${user.id}`)).toMatchObject(
      problemWith(404, 'user_not_found'),
    );
    const published = (await app.published()).filter(({ key }) => key === user.id);
    expect(published.at(-1)).toMatchObject({
      type: 'user.deleted.v1',
      data: { user_id: user.id, version: 2, deleted_at: expect.any(String) },
    });
    const again = await app.request('POST', '/users', { email: user.email, name: 'New Owner' });
    expect(again.status).toBe(201);
  });
});

test('publishes what the contract says, and announces every commit', async () => {
  const commits = app.commits();
  const { id, created_at, version } = await app.newUser();
  const { body: updated } = await app.request('PUT', `/users/${id}`, { name: 'Other Name' });
  const events = (await app.published()).filter(({ key }) => key === id);
  expect(events.map(({ type, data }) => ({ type, data }))).toEqual([
    {
      type: 'user.registered.v1',
      data: { user_id: id, version, cart: [], created_at, updated_at: created_at },
    },
    {
      type: 'user.updated.v1',
      data: { user_id: id, version: 2, cart: [], created_at, updated_at: updated.updated_at },
    },
  ]);
  expect(app.commits()).toBe(commits + 2);
});

test('keeps e-mail, name and password out of the outbox and out of the log', async () => {
  const secrets = ['hedy.secret', 'Lamarr', 'Hedwig', 'frequency hopping'];
  const { body } = await app.request('POST', '/users', {
    email: 'hedy.secret@example.org',
    name: 'Hedwig Lamarr',
    password: 'frequency hopping',
  });
  await app.request('POST', '/users', { email: 'hedy.secret@example.org', name: 'Hedwig Lamarr' });
  await app.request('POST', '/users', { email: 'hedy.secret', name: 5, first_name: 'Hedwig' });
  await app.request('POST', '/users', '{"email": "hedy.secret@example.org", Lamarr');
  await app.request('GET', '/users?email=hedy.secret@example.org');
  await app.request('PUT', `/users/${body.id}`, { last_name: 'Lamarr', password: 'frequency hopping 2' });
  const other = await app.newUser();
  await app.request('PUT', `/users/${other.id}`, { email: 'hedy.secret@example.org' });

  const outbox = JSON.stringify(await app.sql`select type, key, data from outbox`);
  for (const secret of secrets) {
    expect(outbox).not.toContain(secret);
    expect(app.logs()).not.toContain(secret);
  }
  expect(app.logs()).toContain('email_taken');
  const [stored] = await app.sql`select row_to_json(users)::text as row from users where id = ${body.id}`;
  expect(stored?.row).not.toContain('frequency hopping');
});

test('a password that is easy to guess is refused, with all that is wrong with it', async () => {
  const email = 'password@example.org';
  const body = { email, name: 'Ada', password: 'Password' };
  expect(await app.request('POST', '/api/v1/users', body)).toMatchObject(
    problemWith(400, 'invalid_request', ['password', 'password']),
  );
  const { id } = await app.newUser();
  const update = (given: object) => app.request('PUT', `/api/v1/users/${id}`, given);
  for (const given of [
    { password: 'qwertyuiop' },
    { password: 'souk-2026' },
    { email, password: 'password-8' },
  ])
    expect(await update(given)).toMatchObject(problemWith(400, 'invalid_request', ['password']));
  expect(await update({ password: `${'x'.repeat(256)}y` })).toMatchObject(
    problemWith(400, 'invalid_request', ['password']),
  );
  expect((await update({ password: 'x'.repeat(256) })).status).toBe(200);
});

import { afterAll, describe, expect, test } from 'vitest';
import { problemWith, testApp } from '../testing/test-app.ts';

const path = '/api/v1/events';
const tea = '0198c1de-3b00-7000-8000-0000000000a1';
const unknownId = '0198c1de-3b00-7000-8000-00000000dead';
const id = (number: number) => `0198c1de-3b00-7000-8000-${String(number).padStart(12, '0')}`;

const app = await testApp();
afterAll(() => app.close());

const counts = async () => {
  const [row] = await app.sql`
    select (select count(*) from events) as events, (select count(*) from outbox) as published`;
  return row;
};

const json = { 'content-type': 'application/json' };

describe('recording an activity', () => {
  test('stores all that is given, and publishes it without the data', async () => {
    const { id: user_id } = await app.newUser();
    const given = {
      id: id(1),
      user_id,
      type: 'purchase',
      product_id: tea,
      quantity: 80_995,
      unit_price: 1_649.99,
      occurred_at: '2010-12-01T09:26:00.123+01:00',
      data: { session: 'abc', nested: { list: [1, 'two', null] } },
    };
    const { status, headers, body } = await app.request('POST', path, given);

    const occurred_at = '2010-12-01T08:26:00.123Z';
    expect({ status, body }).toEqual({
      status: 201,
      body: { ...given, occurred_at, taken_at_receipt: false, recorded_at: expect.stringMatching(/Z$/) },
    });
    expect(headers.location).toBe(`${path}/${given.id}`);
    expect((await app.request('GET', `${path}/${given.id}`)).body).toEqual(body);
    const { id: event_id, unit_price: _, data: __, ...facts } = given;
    expect((await app.published()).at(-1)).toMatchObject({
      type: 'user.activity_recorded.v1',
      key: user_id,
      data: { event_id, ...facts, occurred_at, unit_price_minor: 164_999 },
    });
  });

  test('keeps every digit of the data, and takes other digits for another event', async () => {
    const { id: user_id } = await app.newUser();
    const eventOf = (number: string, asText = false) => {
      const data = `{"order":${number},"plain":1.5}`;
      const given = JSON.stringify({ id: id(90), user_id, type: 'view', data: 0 });
      return given.replace('"data":0', `"data":${asText ? JSON.stringify(data) : data}`);
    };
    const post = (body: string) =>
      app.http.inject({ method: 'POST', url: path, headers: json, payload: body });
    const number = '12345678901234567891';

    expect((await post(eventOf(number))).body).toContain(number);
    for (const url of [`${path}/${id(90)}`, `${path}?user_id=${user_id}`])
      expect((await app.http.inject({ url })).body).toContain(`{"order":${number},"plain":1.5}`);
    expect((await post(eventOf('123456789012345678910e-1'))).statusCode).toBe(200);
    expect((await post(eventOf(number, true))).statusCode).toBe(200);
    expect((await post(eventOf('12345678901234567890'))).statusCode).toBe(409);
    const batch = await app.http.inject({
      method: 'POST',
      url: `${path}/batch`,
      headers: json,
      payload: `{"events":[${eventOf(number)},${eventOf('12345678901234567892')},${eventOf('1e400')},${eventOf('1e-400')}]}`,
    });
    expect(batch.json()).toMatchObject({
      repeated: 1,
      rejected: [
        { index: 1, code: 'event_conflict' },
        { index: 2, errors: [{ field: 'data/order', message: 'is too large a number' }] },
        { index: 3, errors: [{ field: 'data/order', message: 'is too small a number' }] },
      ],
    });
  });

  test('fills in an id and the time, and leaves null what was not given', async () => {
    const { id: user_id } = await app.newUser();
    const commits = app.commits();
    const before = Date.now();
    const { status, body } = await app.request('POST', path, { user_id, type: 'purchase' });
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        id: expect.stringMatching(/^[0-9a-f-]{14}7/),
        user_id,
        type: 'purchase',
        product_id: null,
        quantity: null,
        unit_price: null,
        occurred_at: body.recorded_at,
        recorded_at: expect.any(String),
        taken_at_receipt: false,
        data: null,
      },
    });
    expect(Date.parse(body.recorded_at)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(body.recorded_at)).toBeLessThanOrEqual(Date.now());
    expect(app.commits()).toBe(commits + 1);
  });

  test('takes data as a string that holds an object', async () => {
    const { id: user_id } = await app.newUser();
    const record = (data: unknown) => app.request('POST', path, { user_id, type: 'view', data });
    expect((await record('{"page": 2}')).body).toMatchObject({ data: { page: 2 } });
    for (const data of ['not JSON', '[1]', '5', 'null', [1], 5, '{"a":"\\u0000"}', { a: 'x'.repeat(70_000) }])
      expect(await record(data), JSON.stringify(data)).toMatchObject(
        problemWith(400, 'invalid_request', ['data']),
      );
  });

  test('takes ids in upper case, and answers them in lower case', async () => {
    const { id: user_id } = await app.newUser();
    const [upper, product] = [id(2).toUpperCase(), tea.toUpperCase()];
    const { body } = await app.request('POST', path, {
      id: upper,
      user_id: user_id.toUpperCase(),
      type: 'view',
      product_id: product,
    });
    expect(body).toMatchObject({ id: id(2), user_id, product_id: tea });
    expect((await app.published()).at(-1)).toMatchObject({ key: user_id, data: { product_id: tea } });
  });

  test('refuses what cannot be, names every fault, and stores nothing', async () => {
    const { id: user_id } = await app.newUser();
    const before = await counts();
    const record = (body: unknown) => app.request('POST', path, body);
    expect(await record({})).toMatchObject(problemWith(400, 'invalid_request', ['user_id', 'type']));
    expect(
      await record({
        user_id: 1,
        type: 'View!',
        id: 'x',
        product_id: 2,
        quantity: '3',
        unit_price: 1.005,
        occurred_at: 'yesterday',
        data: 5,
        note: '',
      }),
    ).toMatchObject(
      problemWith(400, 'invalid_request', [
        'note',
        'user_id',
        'type',
        'id',
        'product_id',
        'quantity',
        'unit_price',
        'occurred_at',
        'data',
      ]),
    );
    for (const occurred_at of ['1969-12-31T23:59:59Z', '2016-12-31T23:59:60Z'])
      expect(await record({ user_id, type: 'view', occurred_at, data: '[]' })).toMatchObject(
        problemWith(400, 'invalid_request', ['occurred_at', 'data']),
      );
    for (const unit_price of [-1, 10_000_000_000.01])
      expect(await record({ user_id, type: 'view', unit_price })).toMatchObject(
        problemWith(400, 'invalid_request', ['unit_price']),
      );
    expect(await record({ user_id: unknownId, type: 'view' })).toMatchObject(
      problemWith(404, 'user_not_found'),
    );
    expect(await counts()).toEqual(before);
  });

  test('takes a time in the future at receipt, flagged, and puts one right by when it was sent', async () => {
    const { id: user_id } = await app.newUser();
    const hours = (ahead: number) => new Date(Date.now() + ahead * 3_600_000).toISOString();
    const future = await app.request('POST', path, { user_id, type: 'view', occurred_at: hours(1) });
    expect(future).toMatchObject({
      status: 201,
      body: { taken_at_receipt: true, occurred_at: future.body.recorded_at },
    });
    expect((await app.published()).at(-1)?.data).toMatchObject({ taken_at_receipt: true });

    const given = { id: id(987), user_id, type: 'view', occurred_at: hours(1), sent_at: hours(2) };
    const corrected = await app.request('POST', path, given);
    expect(corrected).toMatchObject({ status: 201, body: { taken_at_receipt: false } });
    expect(Date.parse(corrected.body.recorded_at) - Date.parse(corrected.body.occurred_at)).toBeCloseTo(
      3_600_000,
      -4,
    );
    expect(await app.request('POST', path, { ...given, sent_at: hours(3) })).toMatchObject({
      status: 200,
      body: corrected.body,
    });
  });
});

describe('recording an activity again under its id', () => {
  test('answers with the stored event and publishes nothing', async () => {
    const { id: user_id } = await app.newUser();
    const given = { id: id(10), user_id, type: 'view', unit_price: 0.1, data: { b: -0, a: [1e300] } };
    const first = await app.request('POST', path, given);
    const before = [await counts(), app.commits()];
    for (const again of [
      given,
      { ...given, occurred_at: first.body.occurred_at },
      { ...given, quantity: null, data: '{"a":[1e300],"b":0}' },
      { ...given, id: id(10).toUpperCase() },
    ])
      expect(await app.request('POST', path, again)).toMatchObject({
        status: 200,
        body: { ...first.body, data: { a: [1e300], b: 0 } },
      });
    expect([await counts(), app.commits()]).toEqual(before);
  });

  test('is refused when anything differs', async () => {
    const [user, other] = [await app.newUser(), await app.newUser()];
    const given = {
      id: id(11),
      user_id: user.id,
      type: 'view',
      quantity: 2,
      occurred_at: '2024-05-06T07:08:09.123Z',
    };
    await app.request('POST', path, given);
    const before = await counts();
    for (const difference of [
      { user_id: other.id },
      { type: 'like' },
      { product_id: tea },
      { quantity: 3 },
      { unit_price: 0 },
      { occurred_at: '2024-05-06T07:08:09.124Z' },
      { data: {} },
    ])
      expect(await app.request('POST', path, { ...given, ...difference })).toMatchObject(
        problemWith(409, 'event_conflict', ['id']),
      );
    expect(await counts()).toEqual(before);
  });

  test('stores it once when many send it at the same time', async () => {
    const { id: user_id } = await app.newUser();
    const given = { id: id(12), user_id, type: 'view' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => app.request('POST', path, given)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 201]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(
      (await app.published()).filter(({ data }) => 'event_id' in data && data.event_id === id(12)),
    ).toHaveLength(1);
  });
});

describe('reading events', () => {
  test('answers 404 for an unknown id and 400 for what is no id', async () => {
    expect(await app.request('GET', `${path}/${unknownId}`)).toMatchObject(
      problemWith(404, 'event_not_found'),
    );
    expect(await app.request('GET', `${path}/42`)).toMatchObject(problemWith(400, 'invalid_request', ['id']));
  });

  test('filters by user, type and time, newest first', async () => {
    const { id: user_id } = await app.newUser();
    const record = async (type: string, day: number) => {
      const occurred_at = `2020-01-0${day}T00:00:00Z`;
      return (await app.request('POST', path, { user_id, type, occurred_at })).body;
    };
    const [first, second, third] = [
      await record('view', 1),
      await record('like', 2),
      await record('view', 3),
    ];
    const list = async (query: string) =>
      (await app.request('GET', `${path}?user_id=${user_id}${query}`)).body;
    expect(await list('')).toEqual({ items: [third, second, first], limit: 10, next_cursor: null });
    expect((await list('&type=view')).items).toEqual([third, first]);
    expect((await list('&from=2020-01-02T00:00:00Z')).items).toEqual([third, second]);
    expect((await list('&to=2020-01-03T00:00:00Z')).items).toEqual([second, first]);
    expect((await list('&from=2020-01-02T00:00:00Z&to=2020-01-03T01:00:00%2B01:00')).items).toEqual([second]);
    expect((await list('&type=nothing')).items).toEqual([]);
  });

  test('goes through all by cursor, each once, while others are recorded', async () => {
    const { id: user_id } = await app.newUser();
    const times = ['2021-03-04T05:06:07.001Z', '2021-03-04T05:06:07.002Z'];
    const record = async (number: number) => {
      const given = { user_id, type: 'view', occurred_at: times[number % 2] };
      return (await app.request('POST', path, given)).body.id;
    };
    const ids = await Promise.all(Array.from({ length: 30 }, (_, number) => record(number)));
    const seen: string[] = [];
    let cursor = '';
    for (let pages = 0; cursor !== null && pages < 50; pages++) {
      const query = `user_id=${user_id}&limit=7${cursor && `&cursor=${cursor}`}`;
      const { body } = await app.request('GET', `${path}?${query}`);
      seen.push(...body.items.map((event: { id: string }) => event.id));
      cursor = body.next_cursor;
      await app.request('POST', path, { user_id, type: 'view' });
    }
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });

  test('refuses bad filters, and names every one', async () => {
    const get = (query: string) => app.request('GET', `${path}?${query}`);
    expect(await get('user_id=x&type=A&from=now&to=2020&limit=0&user=x')).toMatchObject(
      problemWith(400, 'invalid_request', ['user', 'user_id', 'type', 'from', 'to', 'limit']),
    );
    expect(await get('from=0001-01-01T00:00:00Z&to=1969-01-01T00:00:00Z')).toMatchObject(
      problemWith(400, 'invalid_request', ['from', 'to']),
    );
    for (const position of ['x', '[1]', '[1,"x"]', `[8e15,"${tea}"]`, `["1","${tea}"]`])
      expect(await get(`cursor=${Buffer.from(position).toString('base64url')}`)).toMatchObject(
        problemWith(400, 'invalid_cursor', ['cursor']),
      );
  });
});

test('a deleted user takes all events along', async () => {
  const { id: user_id } = await app.newUser();
  const { body } = await app.request('POST', path, { user_id, type: 'view' });
  await app.request('DELETE', `/users/${user_id}`);
  expect(await app.request('GET', `${path}/${body.id}`)).toMatchObject(problemWith(404, 'event_not_found'));
  expect(await app.request('POST', path, { user_id, type: 'view' })).toMatchObject(
    problemWith(404, 'user_not_found'),
  );
});

describe('activity and the deletion of its user at the same time', () => {
  const typesOf = async (key: string) => {
    const rows = await app.sql`select type from outbox
      where key = ${key} and starts_with(type, 'user.') order by outbox.id`;
    return rows.map(({ type }) => type);
  };

  test('activity that comes while a deletion is under way finds no user', async () => {
    const { id: user_id } = await app.newUser();
    const { status } = await app.whileLocked(
      (tx) => tx`delete from users where id = ${user_id}`,
      () => app.request('POST', path, { user_id, type: 'view' }),
      1,
    );
    expect(status).toBe(404);
    expect(await typesOf(user_id)).toEqual(['user.registered.v1']);
  });

  test('a deletion waits for activity under way, and has the last number', async () => {
    const { id: user_id } = await app.newUser();
    const deleted = await app.whileLocked(
      (tx) => tx`select id from users where id = ${user_id} for key share`,
      async () => {
        const deletion = app.request('DELETE', `/users/${user_id}`);
        expect(await app.request('POST', path, { user_id, type: 'view' })).toMatchObject({ status: 201 });
        return deletion;
      },
      1,
    );
    expect(deleted.status).toBe(204);
    expect(await typesOf(user_id)).toEqual([
      'user.registered.v1',
      'user.activity_recorded.v1',
      'user.deleted.v1',
    ]);
  });

  test('no activity gets a number after the deletion, however they race', async () => {
    for (let round = 0; round < 10; round++) {
      const { id: user_id } = await app.newUser();
      const record = () => app.request('POST', path, { user_id, type: 'view' });
      const writers = Array.from({ length: 6 }, async () => {
        for (;;) {
          const { status } = await record();
          if (status !== 201) return status;
        }
      });
      await record();
      await app.request('DELETE', `/users/${user_id}`);
      expect(await Promise.all(writers)).toEqual(Array(6).fill(404));

      const types = await typesOf(user_id);
      expect(types.length).toBeGreaterThan(2);
      expect(types.indexOf('user.deleted.v1')).toBe(types.length - 1);
      expect(await app.sql`select id from events where user_id = ${user_id}`).toEqual([]);
    }
  });
});

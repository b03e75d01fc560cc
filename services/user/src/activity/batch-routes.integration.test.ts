import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemWith, testApp } from '../testing/test-app.ts';

const path = '/api/v1/events/batch';
const ndjson = { 'content-type': 'application/x-ndjson' };
const unknownId = '0198c1de-3b00-7000-8000-00000000dead';
const id = (number: number) => `0198c1de-3b00-7000-8000-${String(number).padStart(12, '0')}`;

const app = await testApp();
afterAll(() => app.close());
let user_id: string;
beforeAll(async () => {
  user_id = (await app.newUser()).id;
});

const typesOf = async () =>
  (await app.published()).flatMap(({ data }) => ('event_id' in data ? [data.type] : []));

const post = (events: unknown[]) => app.request('POST', path, { events });

describe('a batch', () => {
  test('records up to 1,000 in their order, as JSON and as NDJSON', async () => {
    const items = (prefix: string) =>
      Array.from({ length: 1_000 }, (_, number) => ({ user_id, type: `${prefix}_${number}` }));
    const [first, second] = [items('json'), items('line')];
    expect(await post(first)).toMatchObject({
      status: 207,
      body: { accepted: 1_000, repeated: 0, rejected: [] },
    });
    const lines = second.map((item) => JSON.stringify(item)).join('\r\n');
    expect(await app.request('POST', path, `${lines}\n\n`, ndjson)).toMatchObject({
      status: 207,
      body: { accepted: 1_000, repeated: 0, rejected: [] },
    });
    expect(await typesOf()).toEqual([...first, ...second].map(({ type }) => type));
  });

  test('puts times right by when it was sent, and knows them again when it is sent later', async () => {
    const hours = (ahead: number) => new Date(Date.now() + ahead * 3_600_000).toISOString();
    const events = [
      { id: id(900), user_id, type: 'view', occurred_at: hours(1) },
      { id: id(901), user_id, type: 'view', occurred_at: hours(3) },
    ];
    const send = (sent_at: string) => app.request('POST', path, { sent_at, events });
    expect((await send(hours(2))).body).toEqual({ accepted: 2, repeated: 0, rejected: [] });
    const [past, future] = await Promise.all(
      events.map(async (event) => (await app.request('GET', `/api/v1/events/${event.id}`)).body),
    );
    expect(Date.parse(past.recorded_at) - Date.parse(past.occurred_at)).toBeCloseTo(3_600_000, -4);
    expect([past.taken_at_receipt, future.taken_at_receipt]).toEqual([false, true]);

    expect((await send(hours(9))).body).toEqual({ accepted: 0, repeated: 2, rejected: [] });
    const lines = events.map((event) => JSON.stringify({ ...event, sent_at: hours(5) })).join('\n');
    expect((await app.request('POST', path, lines, ndjson)).body).toMatchObject({ repeated: 2 });
    expect(await send('soon')).toMatchObject(problemWith(400, 'invalid_request', ['sent_at']));
    expect(await send('1969-12-31T23:59:59Z')).toMatchObject(
      problemWith(400, 'invalid_request', ['sent_at']),
    );
  });

  test('rejects each item at fault with its reason, and stores the others', async () => {
    const { body } = await post([
      { user_id, type: 'kept' },
      { user_id, type: 'Not A Type', quantity: 0 },
      'no object',
      { user_id: unknownId, type: 'view' },
      { user_id, type: 'view', occurred_at: '2016-12-31T23:59:60Z' },
      { user_id, type: 'view', data: { text: 'a\u0000b' } },
      { user_id, type: 'view', data: '{' },
      { user_id, type: 'kept' },
    ]);
    const invalid = (index: number, ...fields: string[]) => ({
      index,
      code: 'invalid_request',
      detail: expect.any(String),
      errors: fields.map((field) => ({ field, message: expect.any(String) })),
    });
    expect(body).toEqual({
      accepted: 2,
      repeated: 0,
      rejected: [
        invalid(1, 'type', 'quantity'),
        invalid(2, ''),
        { index: 3, code: 'user_not_found', detail: expect.any(String) },
        invalid(4, 'occurred_at'),
        invalid(5, 'data/text'),
        invalid(6, 'data'),
      ],
    });
  });

  test('rejects a broken line by its place in the body', async () => {
    const good = JSON.stringify({ user_id, type: 'view' });
    const body = Buffer.concat([
      Buffer.from(`${good}\n\n{"user_id":\n`),
      Buffer.from([0x22, 0xff, 0x22, 0x0a]),
      Buffer.from(`\u0000\n${good}`),
    ]);
    const answer = await app.request('POST', path, body, ndjson);
    expect(answer).toMatchObject({ status: 207, body: { accepted: 2, repeated: 0 } });
    expect(answer.body.rejected).toEqual(
      [2, 3, 4].map((index) => ({ index, code: 'invalid_json', detail: expect.any(String) })),
    );
  });

  test('counts repeats, of earlier requests and within itself, and rejects conflicts', async () => {
    const given = { id: id(1), user_id, type: 'once', data: { a: 1 } };
    await app.request('POST', '/api/v1/events', given);
    const { body } = await post([
      given,
      { ...given, type: 'other' },
      { id: id(2), user_id, type: 'once' },
      { id: id(2), user_id, type: 'once' },
      { id: id(2).toUpperCase(), user_id, type: 'once', quantity: 1 },
      // The first of these is not stored, so it is not in the way of the second.
      { id: id(3), user_id: unknownId, type: 'once' },
      { id: id(3), user_id, type: 'once' },
    ]);
    expect(body).toMatchObject({
      accepted: 2,
      repeated: 2,
      rejected: [
        { index: 1, code: 'event_conflict' },
        { index: 4, code: 'event_conflict' },
        { index: 5, code: 'user_not_found' },
      ],
    });
    expect((await typesOf()).filter((type) => type === 'once')).toHaveLength(3);
  });

  test('sent again as a whole changes nothing', async () => {
    const events = Array.from({ length: 50 }, (_, number) => ({
      id: id(100 + number),
      user_id,
      type: 'purchase',
      occurred_at: `2011-01-01T00:00:${String(number).padStart(2, '0')}Z`,
      quantity: 6,
      unit_price: 2.55,
      data: { invoice: '536365' },
    }));
    expect((await post(events)).body).toEqual({ accepted: 50, repeated: 0, rejected: [] });
    const [before, commits] = [await typesOf(), app.commits()];
    expect((await post(events)).body).toEqual({ accepted: 0, repeated: 50, rejected: [] });
    expect([await typesOf(), app.commits()]).toEqual([before, commits]);
  });

  test('never waits without end for one of the same events in another order', async () => {
    const events = Array.from({ length: 200 }, (_, number) => ({
      id: id(1_000 + number),
      user_id,
      type: 'tick',
    }));
    // Both get into the middle before either can go on.
    const answers = await app.whileLocked(
      (tx) => tx`
        insert into events (id, user_id, type, occurred_at, recorded_at)
        values (${id(1_100)}, ${user_id}, 'tock', now(), now())`,
      () => Promise.all([post(events), post(events.toReversed())]),
      2,
    );
    expect(answers.map(({ status }) => status)).toEqual([207, 207]);
    const sum = (name: 'accepted' | 'repeated') => answers.reduce((total, { body }) => total + body[name], 0);
    expect([sum('accepted'), sum('repeated')]).toEqual([199, 199]);
  });

  test('of nothing is an empty answer', async () => {
    const nothing = { status: 207, body: { accepted: 0, repeated: 0, rejected: [] } };
    expect(await post([])).toMatchObject(nothing);
    expect(await app.request('POST', path, '\n', ndjson)).toMatchObject(nothing);
  });

  test('may be larger than other bodies, but has its limits', async () => {
    const events = Array.from({ length: 1_000 }, () => ({
      user_id,
      type: 'view',
      data: { a: 'x'.repeat(500) },
    }));
    expect(await post(events)).toMatchObject({ status: 207, body: { accepted: 1_000 } });
    const before = await typesOf();
    const item = { user_id, type: 'view' };
    expect(await post(Array(1_001).fill(item))).toMatchObject(
      problemWith(400, 'invalid_request', ['events']),
    );
    const lines = `${JSON.stringify(item)}\n`.repeat(1_001);
    expect(await app.request('POST', path, lines, ndjson)).toMatchObject(
      problemWith(400, 'invalid_request', ['']),
    );
    expect(await app.request('POST', path, '\n'.repeat(9_000_000), ndjson)).toMatchObject(
      problemWith(413, 'body_too_large'),
    );
    expect(await typesOf()).toEqual(before);
  });

  test('is refused as a whole when it is none', async () => {
    for (const body of [{}, { events: {} }, { events: [], more: 1 }, [], 'null'])
      expect(await app.request('POST', path, body)).toMatchObject(problemWith(400, 'invalid_request'));
    expect(await app.request('POST', path, '{"events":[')).toMatchObject(problemWith(400, 'invalid_json'));
    expect(await app.request('POST', path, 'a', { 'content-type': 'text/csv' })).toMatchObject(
      problemWith(415, 'unsupported_media_type'),
    );
  });
});

import { decodeEvent, encodeEvent } from '@souk/contracts/cloud-event.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GivenActivity, isRepeat, type NewActivity, readActivity } from './activity.ts';

const userId = '0198c1de-3b00-7000-8000-000000000001';
const id = '0198c1de-3b00-7000-8000-0000000000b1';
const eventId = '0198c1de-3b00-7000-8000-0000000000e1';
const now = new Date('2026-03-01T09:30:00.000Z');

const read = (given: Partial<GivenActivity>, at = now) =>
  readActivity({ user_id: userId, type: 'view', ...given }, { now: at, id, eventId });
const readWell = (given: Partial<GivenActivity>, at = now) => {
  const result = read(given, at);
  if ('errors' in result) throw new Error(JSON.stringify(result.errors));
  return result;
};

test('whatever can be given becomes an event that consumers can decode', () => {
  const given = fc.record(
    {
      id: fc.uuid(),
      product_id: fc.option(fc.uuid()),
      quantity: fc.option(fc.integer({ min: 1, max: 1_000_000 })),
      unit_price: fc.option(fc.integer({ min: 0, max: 1_000_000_000_000 }).map((minor) => minor / 100)),
      occurred_at: fc
        .date({ min: new Date(0), max: now, noInvalidDate: true })
        .map((date) => date.toISOString()),
      type: fc.stringMatching(/^[a-z][a-z0-9_]{0,49}$/),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(given, (fields) => {
      const { activity, event } = readWell(fields);
      const message = encodeEvent(userUpdates.source, {
        ...event,
        sequence: '1',
        time: now.toISOString(),
        data: JSON.stringify(event.data),
      });
      expect(decodeEvent(userUpdates, message)?.data).toEqual({
        event_id: fields.id ?? id,
        user_id: userId,
        type: fields.type ?? 'view',
        product_id: fields.product_id ?? null,
        quantity: fields.quantity ?? null,
        unit_price_minor: fields.unit_price == null ? null : Math.round(fields.unit_price * 100),
        occurred_at: fields.occurred_at ?? now.toISOString(),
      });
      expect(activity.recordedAt).toBe(now);
    }),
  );
});

test('what was shown of a recommendation is published, and nothing else of its data', () => {
  const shown = { experiment: 'faster-decay', variant: 'fast', product_ids: [id] };
  const data = { ...shown, note: 'for Ada' };
  const { activity, event } = readWell({ type: 'recommendation_shown', data });
  expect(activity.data).toEqual(data);
  expect(event.data).toMatchObject({ type: 'recommendation_shown', shown });
  expect(JSON.stringify(event)).not.toContain('Ada');
  expect(readWell({ data }).event.data).not.toHaveProperty('shown');
});

test.each([
  ['nothing', null, 'experiment, variant, product_ids'],
  ['no products', { experiment: 'a', variant: 'b', product_ids: [] }, '/product_ids'],
  [
    'a product id in capitals',
    { experiment: 'a', variant: 'b', product_ids: [id.toUpperCase()] },
    '/product_ids/0',
  ],
  ['a name that is none', '{"experiment":"A b","variant":"b","product_ids":[]}', '/experiment'],
])('a recommendation that showed %s is refused, with the fault named', (_, data, fault) => {
  expect(read({ type: 'recommendation_shown', data })).toMatchObject({
    errors: [{ field: 'data', message: expect.stringContaining(fault) }],
  });
});

test('the free data is kept and not published', () => {
  const { activity, event } = readWell({ data: '{"note": "for Ada"}' });
  expect(activity.data).toEqual({ note: 'for Ada' });
  expect(JSON.stringify(event)).not.toContain('Ada');
});

describe('the time of an activity', () => {
  test.each([
    ['2026-03-01T09:30:00Z', '2026-03-01T09:30:00.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['2010-12-01T09:26:00.1239+01:00', '2010-12-01T08:26:00.123Z'],
  ])('%s is taken', (occurred_at, expected) => {
    expect(readWell({ occurred_at }).activity.occurredAt.toISOString()).toBe(expected);
  });

  test.each(['1969-12-31T23:59:59.999Z', '2016-12-31T23:59:60Z'])('%s is refused', (occurred_at) => {
    expect(read({ occurred_at })).toEqual({
      errors: [{ field: 'occurred_at', message: expect.any(String) }],
    });
  });
});

describe('a device whose clock is wrong', () => {
  const minutes = (late: number) => new Date(now.getTime() + late * 60_000).toISOString();

  test.each([
    ['an hour ahead', { occurred_at: minutes(30), sent_at: minutes(60) }, -30],
    ['an hour behind', { occurred_at: minutes(-90), sent_at: minutes(-60) }, -30],
    ['right', { occurred_at: minutes(-5), sent_at: minutes(0) }, -5],
  ])('has its times put right by when it says that it sent: %s', (_, given, expected) => {
    const { activity, event } = readWell(given);
    expect(activity).toMatchObject({ occurredAt: new Date(minutes(expected)), takenAtReceipt: false });
    expect(event.data).toMatchObject({ occurred_at: minutes(expected) });
    expect(event.data).not.toHaveProperty('taken_at_receipt');
  });

  test.each([
    ['without a word of when it sent', { occurred_at: minutes(0.001) }],
    ['when it tells of what comes after it sent', { occurred_at: minutes(61), sent_at: minutes(60) }],
  ])('has a time in the future taken at receipt, and flagged: %s', (_, given) => {
    const { activity, event } = readWell(given);
    expect(activity).toMatchObject({ occurredAt: now, takenAtReceipt: true });
    expect(event.data).toMatchObject({ occurred_at: now.toISOString(), taken_at_receipt: true });
  });

  test('may send all of a request with one time, and single activities with their own', () => {
    const one = (given: Partial<GivenActivity>) =>
      readActivity(
        { user_id: userId, type: 'view', ...given },
        { now, id, eventId, sentAt: new Date(minutes(60)) },
      );
    expect(one({ occurred_at: minutes(30) })).toMatchObject({
      activity: { occurredAt: new Date(minutes(-30)) },
    });
    expect(one({ occurred_at: minutes(-30), sent_at: minutes(0) })).toMatchObject({
      activity: { occurredAt: new Date(minutes(-30)) },
    });
  });

  test('is refused a time that falls out of the range when it is put right', () => {
    expect(read({ occurred_at: '1970-01-01T00:00:00Z', sent_at: minutes(1) })).toMatchObject({
      errors: [{ field: 'occurred_at' }],
    });
    expect(read({ sent_at: '1969-12-31T23:59:59Z' })).toMatchObject({ errors: [{ field: 'sent_at' }] });
  });

  test('sends the same again under another time of sending, or with what was answered', () => {
    const given = { id, occurred_at: minutes(30), sent_at: minutes(60) };
    const { activity: stored } = readWell(given);
    const again = (more: Partial<GivenActivity>) =>
      isRepeat(readWell({ ...given, ...more }, new Date(minutes(10))), stored);
    expect(again({})).toBe(true);
    expect(again({ sent_at: minutes(200) })).toBe(true);
    expect(again({ occurred_at: minutes(-30), sent_at: minutes(10) })).toBe(true);
    expect(again({ occurred_at: minutes(31) })).toBe(false);
  });
});

describe('the data of an activity', () => {
  const nested = (depth: number): string => `${'{"a":'.repeat(depth)}{}${'}'.repeat(depth)}`;

  test.each([
    '',
    '[]',
    '"text"',
    'null',
    '{"a":',
    `{"a":"${'x'.repeat(65_530)}"}`,
    nested(70),
    nested(8_000),
    '{"a\\u0000":1}',
  ])('in a string is refused when it is no object that can be kept: %.20s', (data) => {
    expect(read({ data })).toEqual({ errors: [{ field: 'data', message: expect.any(String) }] });
  });

  test('may be null', () => {
    expect(readWell({ data: null }).activity.data).toBeNull();
  });
});

test('all faults are told at once', () => {
  expect(read({ occurred_at: '1969-12-31T23:59:59Z', data: 'x' })).toMatchObject({
    errors: [{ field: 'occurred_at' }, { field: 'data' }],
  });
});

describe('a repeat', () => {
  const stored = readWell({ id, data: { a: 0, b: [1] }, occurred_at: '2026-03-01T09:00:00Z' }).activity;
  const again = (given: Partial<GivenActivity>): NewActivity =>
    readWell({ id, data: { b: [1], a: -0 }, ...given }, new Date('2026-03-01T10:00:00Z'));

  test('has the same fields, and the same time when it gives one', () => {
    expect(isRepeat(again({}), stored)).toBe(true);
    expect(isRepeat(again({ occurred_at: '2026-03-01T10:00:00+01:00' }), stored)).toBe(true);
    expect(isRepeat(again({ occurred_at: '2026-03-01T09:00:00.001Z' }), stored)).toBe(false);
    expect(isRepeat(again({ quantity: 1 }), stored)).toBe(false);
    expect(isRepeat(again({ data: { a: 0, b: ['1'] } }), stored)).toBe(false);
  });
});

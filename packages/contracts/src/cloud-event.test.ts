import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DecodedEvent,
  decodeEnvelope,
  decodeEvent,
  type EventMessage,
  encodeEvent,
  type OutboxEvent,
} from './cloud-event.ts';
import { DecodeError } from './decode-error.ts';
import { arbitraryData } from './testing/arbitrary-data.ts';
import { topics } from './topics.ts';
import { userUpdates } from './user-updates.ts';

const data = {
  user_id: '0198c1de-3b00-7000-8000-000000000001',
  version: 4,
  deleted_at: '2026-03-02T18:00:00.000Z',
};

const outboxEvent: OutboxEvent = {
  id: '0198c1de-3b00-7000-8000-00000000ce01',
  sequence: '9007199254740993',
  type: 'user.deleted.v1',
  key: data.user_id,
  time: '2026-03-02T18:00:00.123Z',
  data: JSON.stringify(data),
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};

const encoded = encodeEvent('/souk/user', outboxEvent);

/** What a Kafka client hands over: every key, value and header as bytes. */
const received = (message: {
  key: string;
  value: Buffer;
  headers: Record<string, string>;
}): EventMessage => ({
  key: Buffer.from(message.key),
  value: message.value,
  headers: Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, Buffer.from(value)]),
  ),
});

const errorOf = (work: () => unknown): DecodeError => {
  try {
    work();
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

const withData = (value: unknown): EventMessage => ({
  ...encoded,
  value: Buffer.from(JSON.stringify(value)),
});

describe('encodeEvent', () => {
  test('writes the attributes as ce_ headers and the data alone as value', () => {
    expect(encoded.headers).toEqual({
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: outboxEvent.id,
      ce_source: '/souk/user',
      ce_type: 'user.deleted.v1',
      ce_time: '2026-03-02T18:00:00.123Z',
      ce_sequence: '9007199254740993',
      traceparent: outboxEvent.traceparent,
    });
    expect(encoded.key).toBe(data.user_id);
    expect(encoded.value.toString()).toBe(outboxEvent.data);
  });

  test('leaves traceparent out when there is none', () => {
    expect(encodeEvent('/souk/user', { ...outboxEvent, traceparent: null }).headers).not.toHaveProperty(
      'traceparent',
    );
  });
});

describe('decodeEvent', () => {
  for (const topic of topics)
    for (const [type, schema] of Object.entries(topic.events))
      test(`gives back every ${type} as it was encoded`, () => {
        const property = fc.property(
          arbitraryData(schema as never),
          fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
          fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
          (generated, sequence, time) => {
            const key = (generated as Record<string, string>)[topic.key] as string;
            const message = encodeEvent(topic.source, {
              id: outboxEvent.id,
              sequence: String(sequence),
              type,
              key,
              time: time.toISOString(),
              data: JSON.stringify(generated),
            });
            expect(decodeEvent(topic, received(message))).toEqual({
              id: outboxEvent.id,
              source: topic.source,
              type,
              time,
              sequence,
              key,
              data: JSON.parse(JSON.stringify(generated)),
            });
          },
        );
        fc.assert(property, { numRuns: 50 });
      });

  test('narrows the data by the type, and knows when all types are handled', () => {
    const describeEvent = (event: DecodedEvent<typeof userUpdates>): string => {
      switch (event.type) {
        case 'user.registered.v1':
        case 'user.updated.v1':
        case 'user.cart_updated.v1':
          return `${event.data.cart.length}`;
        case 'user.deleted.v1':
          return event.data.deleted_at;
        case 'user.activity_recorded.v1':
          return event.data.occurred_at;
        default:
          throw new Error('unhandled event', { cause: event satisfies never });
      }
    };
    const event = decodeEvent(userUpdates, received(encoded));
    expect(event && describeEvent(event)).toBe(data.deleted_at);
  });

  test('keeps a property that the schema does not know', () => {
    expect(decodeEvent(userUpdates, withData({ ...data, reason: 'moved' }))?.data).toEqual({
      ...data,
      reason: 'moved',
    });
  });

  test.each(['user.deleted.v2', 'constructor', '__proto__'])(
    'returns undefined for the unknown type %s',
    (type) => {
      const message = encodeEvent('/souk/user', { ...outboxEvent, type, data: 'not even JSON' });
      expect(decodeEvent(userUpdates, message)).toBeUndefined();
    },
  );

  test('refuses a source that does not own the topic', () => {
    const error = errorOf(() => decodeEvent(userUpdates, encodeEvent('/souk/product', outboxEvent)));
    expect(error.code).toBe('bad_envelope');
  });

  test.each([
    ['empty_value', null],
    ['empty_value', Buffer.alloc(0)],
    ['not_json', Buffer.from('{"user_id":')],
    ['not_json', Buffer.from([0x22, 0xff, 0x22])],
    ['schema_violation', Buffer.from('['.repeat(200_000))],
    ['schema_violation', Buffer.from('null')],
    ['schema_violation', Buffer.from('[]')],
  ])('refuses a value with code %s', (code, value) => {
    expect(errorOf(() => decodeEvent(userUpdates, { ...encoded, value })).code).toBe(code);
  });

  test.each([
    ['encoded twice', Buffer.from(JSON.stringify(JSON.stringify(data))), 'encoded twice'],
    [
      'framed for a schema registry',
      Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), encoded.value]),
      'schema registry',
    ],
    [
      'framed, with an id that is no text',
      Buffer.concat([Buffer.from([0, 0, 0, 0, 0xff]), encoded.value]),
      'schema registry',
    ],
  ])('names the cause of data that are %s', (_, value, cause) => {
    expect(errorOf(() => decodeEvent(userUpdates, { ...encoded, value })).message).toContain(cause);
  });

  test('names every property that violates the schema, and never its value', () => {
    const error = errorOf(() =>
      decodeEvent(userUpdates, withData({ ...data, version: 'secret', deleted_at: 'secret' })),
    );
    expect(error.code).toBe('schema_violation');
    expect(error.problems.some((problem) => problem.startsWith('/version:'))).toBe(true);
    expect(error.problems.some((problem) => problem.startsWith('/deleted_at:'))).toBe(true);
    expect(error.message).not.toContain('secret');
  });

  test('refuses data that belongs to another key', () => {
    const other = { ...data, user_id: '0198c1de-3b00-7000-8000-000000000002' };
    expect(errorOf(() => decodeEvent(userUpdates, withData(other))).code).toBe('key_mismatch');
  });

  test.each([
    ['an upper-case id', { user_id: data.user_id.toUpperCase() }],
    ['a time with an offset', { deleted_at: '2026-03-02T18:00:00.000+01:00' }],
    ['a day that is not in the calendar', { deleted_at: '2026-02-30T18:00:00.000Z' }],
    ['a leap second', { deleted_at: '2016-12-31T23:59:60Z' }],
    ['a fractional version', { version: 1.5 }],
    ['a version of zero', { version: 0 }],
  ])('refuses %s', (_, change) => {
    expect(errorOf(() => decodeEvent(userUpdates, withData({ ...data, ...change }))).code).toBe(
      'schema_violation',
    );
  });
});

describe('decodeEnvelope', () => {
  test('gives the whole envelope without a value', () => {
    const { key, headers } = received(encoded);
    expect(decodeEnvelope(userUpdates, { key, headers } as EventMessage)).toEqual({
      id: outboxEvent.id,
      source: '/souk/user',
      type: 'user.deleted.v1',
      time: new Date('2026-03-02T18:00:00.123Z'),
      sequence: 9007199254740993n,
      key: data.user_id,
      traceparent: outboxEvent.traceparent,
    });
  });

  test('names every missing header and the missing key at once', () => {
    const error = errorOf(() => decodeEnvelope(userUpdates, { key: null, headers: undefined }));
    expect(error.code).toBe('bad_envelope');
    expect(error.problems).toEqual([
      'content-type: missing',
      'ce_specversion: missing',
      'ce_id: missing',
      'ce_source: missing',
      'ce_type: missing',
      'ce_time: missing',
      'ce_sequence: missing',
      'key: missing',
    ]);
  });

  test.each([
    ['ce_sequence', ['', '0', '-1', '01', '1.0', '0x1', '1e3', ' 1', '9223372036854775808', '1'.repeat(100)]],
    ['ce_time', ['', 'yesterday', '2026-03-02', '2026-13-02T18:00:00Z', '2026-03-02T18:00:00', '1772474400']],
    ['ce_specversion', ['', '0.3', '2.0']],
    ['content-type', ['', 'text/plain', 'application/cloudevents+json', 'application/jsonx']],
    ['ce_id', ['']],
    ['ce_source', ['']],
    ['ce_type', ['']],
  ])('refuses an unfit %s', (name, values) => {
    for (const value of values) {
      const { problems } = errorOf(() =>
        decodeEnvelope(userUpdates, { ...encoded, headers: { ...encoded.headers, [name]: value } }),
      );
      expect(problems, value).toEqual([expect.stringMatching(`^${name}: `)]);
    }
  });

  test('refuses a header that is given twice', () => {
    const headers = { ...encoded.headers, ce_sequence: ['1', '2'] };
    expect(errorOf(() => decodeEnvelope(userUpdates, { ...encoded, headers })).problems).toEqual([
      'ce_sequence: given more than once',
    ]);
  });

  test('ignores a traceparent it cannot read', () => {
    const headers = { ...encoded.headers, traceparent: 'nonsense' };
    expect(decodeEnvelope(userUpdates, { ...encoded, headers })).not.toHaveProperty('traceparent');
  });

  test('fails with DecodeError alone, whatever the headers are', () => {
    const value = fc.oneof(fc.string(), fc.uint8Array().map(Buffer.from), fc.constant(undefined));
    const names = Object.keys(encoded.headers);
    const headers = fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
    fc.assert(
      fc.property(headers, (generated) => {
        expect(errorOf(() => decodeEnvelope(userUpdates, { key: 'k', headers: generated })).code).toBe(
          'bad_envelope',
        );
      }),
    );
  });
});

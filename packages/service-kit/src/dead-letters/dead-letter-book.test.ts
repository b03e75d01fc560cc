import { deadLetterHeader, markerHeader } from '@souk/contracts/dead-letter-header.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReceivedMessage } from '../kafka/message.ts';
import { deadLetterBook } from './dead-letter-book.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();

interface Given {
  id: string;
  replays: number;
  offset: number;
  resolved?: string;
  seen?: number;
}

const record = ({ id, replays, offset, resolved, seen = offset }: Given): ReceivedMessage => {
  const headers: Record<string, string> = {
    [deadLetterHeader.id]: id,
    [deadLetterHeader.replays]: String(replays),
    [deadLetterHeader.firstSeen]: at(seen),
    [deadLetterHeader.lastSeen]: at(seen),
    [deadLetterHeader.errorClass]: 'DecodeError.not_json',
    ...(resolved ? { [markerHeader.resolved]: resolved } : {}),
  };
  return {
    topic: 'orders.product.dlq',
    partition: 0,
    offset,
    key: Buffer.from('key'),
    value: Buffer.from('{'),
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
    bytes: 0,
    receivedAtMs: 0,
  };
};

const fold = (records: ReceivedMessage[]) => {
  const book = deadLetterBook();
  for (const one of records) book.add(one);
  return book.pending();
};

test('copies of one dead letter are one, with the first and the last time it was seen', () => {
  const pending = fold([
    record({ id: 'a', replays: 0, offset: 3 }),
    record({ id: 'a', replays: 0, offset: 7 }),
    record({ id: 'a', replays: 0, offset: 5 }),
  ]);
  expect(pending).toMatchObject([{ id: 'a', firstSeen: at(3), lastSeen: at(7), at: { offset: 7 } }]);
});

test('a dead letter that was sent again or discarded is not pending any more, until it fails once more', () => {
  const sent = [
    record({ id: 'a', replays: 0, offset: 1 }),
    record({ id: 'a', replays: 0, offset: 2, resolved: 'replayed' }),
  ];
  expect(fold(sent)).toEqual([]);
  expect(fold([...sent, record({ id: 'a', replays: 0, offset: 3 })])).toEqual([]);
  const failed = [...sent, record({ id: 'a', replays: 1, offset: 4 })];
  expect(fold(failed)).toMatchObject([{ id: 'a', replays: 1 }]);
  expect(fold([...failed, record({ id: 'a', replays: 1, offset: 5, resolved: 'dropped' })])).toEqual([]);
});

test('discarding can be undone, and done again', () => {
  const letter = record({ id: 'a', replays: 0, offset: 1 });
  const marker = (offset: number, resolved: string) => record({ id: 'a', replays: 0, offset, resolved });
  expect(fold([letter, marker(2, 'dropped'), marker(3, 'restored')])).toMatchObject([{ id: 'a' }]);
  expect(fold([letter, marker(2, 'dropped'), marker(3, 'restored'), marker(4, 'dropped')])).toEqual([]);
});

test('says what was done with those that are not pending, when and by whom', () => {
  const book = deadLetterBook();
  const marker = record({ id: 'a', replays: 0, offset: 2, resolved: 'dropped' });
  const noted = { [markerHeader.resolvedAt]: at(5), [markerHeader.resolvedBy]: 'somebody' };
  book.add({ ...marker, headers: { ...marker.headers, ...noted } });
  book.add(record({ id: 'a', replays: 0, offset: 1 }));
  expect(book.all()).toMatchObject([{ resolution: { how: 'discarded', at: at(5), by: 'somebody' } }]);
});

test('the same identity in another group is another dead letter', () => {
  const other = {
    ...record({ id: 'a', replays: 0, offset: 1, resolved: 'dropped' }),
    topic: 'orders.billing.dlq',
  };
  expect(fold([record({ id: 'a', replays: 0, offset: 1 }), other])).toHaveLength(1);
});

test('with a maximum the newest pending ones are known, and it is known how many are not', () => {
  const max = 10;
  const book = deadLetterBook(max);
  const id = (offset: number) => `id-${String(offset).padStart(3, '0')}`;
  for (let offset = 0; offset < 100; offset++) {
    book.add(record({ id: id(offset), replays: 0, offset }));
    // Every second one is discarded, and markers of some that are forgotten come, too.
    if (offset % 2)
      book.add(record({ id: id(offset), replays: 0, offset: 1_000 + offset, resolved: 'dropped' }));
    book.add(record({ id: `unknown-${offset}`, replays: 0, offset: 2_000 + offset, resolved: 'dropped' }));
    expect(book.all().length).toBeLessThanOrEqual(2 * max);
  }
  expect(book.all().length + book.leftOut()).toBe(100);
  const newestPending = Array.from({ length: max }, (_, index) => id(80 + 2 * index));
  expect(book.pending().map((one) => one.id)).toEqual(expect.arrayContaining(newestPending));
});

test('a dead letter is of bounded size, whatever its headers are', () => {
  const long = Buffer.from('x'.repeat(100_000));
  const one = record({ id: 'a', replays: 0, offset: 1 });
  const headers = Object.fromEntries(Object.values(deadLetterHeader).map((name) => [name, long]));
  const book = deadLetterBook();
  book.add({ ...one, headers });
  expect(JSON.stringify(book.all()).length).toBeLessThan(5_000);
});

test('the order of the records, and copies of them, make no difference', () => {
  const given = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    replays: fc.integer({ min: 0, max: 3 }),
    offset: fc.integer({ min: 0, max: 50 }),
    resolved: fc.option(fc.constantFrom('replayed', 'dropped', 'restored'), { nil: undefined, freq: 2 }),
  });
  const history = fc.uniqueArray(given, { selector: ({ offset }) => offset, maxLength: 12 });
  fc.assert(
    fc.property(
      history.chain((records) =>
        fc.tuple(
          fc.constant(records),
          fc.shuffledSubarray([...records, ...records], { minLength: 2 * records.length }),
        ),
      ),
      ([records, shuffled]) => {
        expect(fold(shuffled.map((one) => record(one as Given)))).toEqual(
          fold(records.map((one) => record(one as Given))),
        );
      },
    ),
  );
});

test('exactly those wait that no marker of the same or a later replay resolves', () => {
  const given = fc.record({
    id: fc.constantFrom('a', 'b'),
    replays: fc.nat(3),
    resolved: fc.option(fc.constantFrom('replayed', 'dropped'), { nil: undefined, freq: 2 }),
  });
  fc.assert(
    fc.property(fc.array(given, { maxLength: 10 }), (history) => {
      const records = history.map((one, offset) => ({ ...one, offset }) as Given);
      const isResolved = ({ id, replays }: Given) =>
        records.some((other) => other.resolved && other.id === id && other.replays >= replays);
      const open = records.filter((one) => !one.resolved && !isResolved(one));
      expect(new Set(fold(records.map(record)).map(({ id }) => id))).toEqual(
        new Set(open.map(({ id }) => id)),
      );
    }),
  );
});

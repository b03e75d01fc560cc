import { letterHeader, markerHeader } from '@souk/contracts/letter-header.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogRecord } from '../client/kafka-log.ts';
import { letterBook } from './letters.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();

interface Given {
  id: string;
  replays: number;
  offset: number;
  settled?: string;
  seen?: number;
}

const record = ({ id, replays, offset, settled, seen = offset }: Given): LogRecord => {
  const headers: Record<string, string> = {
    [letterHeader.id]: id,
    [letterHeader.replays]: String(replays),
    [letterHeader.firstSeen]: at(seen),
    [letterHeader.lastSeen]: at(seen),
    [letterHeader.errorClass]: 'DecodeError.not_json',
    ...(settled ? { [markerHeader.settled]: settled } : {}),
  };
  return {
    topic: 'orders.product.dlq',
    partition: 0,
    offset,
    key: Buffer.from('key'),
    value: Buffer.from('{'),
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
  };
};

const fold = (records: LogRecord[]) => {
  const book = letterBook();
  for (const one of records) book.add(one);
  return book.waiting();
};

test('copies of one letter are one, with the first and the last time it was seen', () => {
  const waiting = fold([
    record({ id: 'a', replays: 0, offset: 3 }),
    record({ id: 'a', replays: 0, offset: 7 }),
    record({ id: 'a', replays: 0, offset: 5 }),
  ]);
  expect(waiting).toMatchObject([{ id: 'a', firstSeen: at(3), lastSeen: at(7), at: { offset: 7 } }]);
});

test('a letter that was sent again or given up waits no more, until it fails once more', () => {
  const sent = [
    record({ id: 'a', replays: 0, offset: 1 }),
    record({ id: 'a', replays: 0, offset: 2, settled: 'replayed' }),
  ];
  expect(fold(sent)).toEqual([]);
  expect(fold([...sent, record({ id: 'a', replays: 0, offset: 3 })])).toEqual([]);
  const failed = [...sent, record({ id: 'a', replays: 1, offset: 4 })];
  expect(fold(failed)).toMatchObject([{ id: 'a', replays: 1 }]);
  expect(fold([...failed, record({ id: 'a', replays: 1, offset: 5, settled: 'dropped' })])).toEqual([]);
});

test('the same identity in another group is another letter', () => {
  const other = {
    ...record({ id: 'a', replays: 0, offset: 1, settled: 'dropped' }),
    topic: 'orders.billing.dlq',
  };
  expect(fold([record({ id: 'a', replays: 0, offset: 1 }), other])).toHaveLength(1);
});

test('the order of the records, and copies of them, make no difference', () => {
  const given = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    replays: fc.integer({ min: 0, max: 3 }),
    offset: fc.integer({ min: 0, max: 50 }),
    settled: fc.option(fc.constantFrom('replayed', 'dropped'), { nil: undefined, freq: 2 }),
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

test('exactly those wait that no marker of the same or a later replay settles', () => {
  const given = fc.record({
    id: fc.constantFrom('a', 'b'),
    replays: fc.nat(3),
    settled: fc.option(fc.constantFrom('replayed', 'dropped'), { nil: undefined, freq: 2 }),
  });
  fc.assert(
    fc.property(fc.array(given, { maxLength: 10 }), (history) => {
      const records = history.map((one, offset) => ({ ...one, offset }) as Given);
      const isSettled = ({ id, replays }: Given) =>
        records.some((other) => other.settled && other.id === id && other.replays >= replays);
      const open = records.filter((one) => !one.settled && !isSettled(one));
      expect(new Set(fold(records.map(record)).map(({ id }) => id))).toEqual(
        new Set(open.map(({ id }) => id)),
      );
    }),
  );
});

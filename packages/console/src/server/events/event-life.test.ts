import { expect, test } from 'vitest';
import { nearestTo, stepOf } from './event-life.ts';

const position = { last_sequence: '42', seen_sequence: '0', updated_at: '2026-01-01T00:00:00.000Z' };

test('an event is applied when the position of its partition has its number, exactly then when it is the last one', () => {
  expect(stepOf(position, 42n)).toEqual({ state: 'applied', by: position.updated_at, is_exact: true });
  expect(stepOf(position, 41n)).toEqual({ state: 'applied', by: position.updated_at, is_exact: false });
});

test('an event above the position waits, and where the tables are built again that is said', () => {
  expect(stepOf(position, 43n)).toEqual({ state: 'waiting' });
  expect(stepOf({ ...position, seen_sequence: '50' }, 43n)).toEqual({
    state: 'waiting',
    is_rebuilding: true,
  });
  expect(stepOf(undefined, 1n)).toEqual({ state: 'waiting' });
});

test('takes of several changes of the same thing the one that was made with the event', () => {
  const rows = ['12:00:04.000', '12:00:01.002', '12:00:00.000'].map((at) => ({ at: `2026-01-01T${at}Z` }));
  expect(nearestTo(new Date('2026-01-01T12:00:01.000Z'), rows)).toBe(rows[1]);
  expect(nearestTo(new Date(), [])).toBeNull();
});

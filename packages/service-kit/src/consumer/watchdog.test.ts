import { expect, test } from 'vitest';
import { createWatchdog } from './watchdog.ts';

/** Reads for so many seconds, five times each; `unread` is asked every time. Answers whether it ever stalled. */
const reading = () => {
  let now = 0;
  const watchdog = createWatchdog(() => now);
  const readFor = (seconds: number, unread: () => Record<string, number>, isFull = false) => {
    let stalled = false;
    for (let read = 0; read < 5 * seconds; read += 1) {
      now += 200;
      stalled = watchdog.stalled(new Map(Object.entries(unread())), isFull) || stalled;
    }
    return stalled;
  };
  const freezeFor = (seconds: number) => {
    now += 1000 * seconds;
  };
  return { readFor, freezeFor };
};

test('a partition that gets nothing for 15 s although it should has stalled, whatever the others get', () => {
  const { readFor } = reading();
  let other = 0;
  const unread = () => {
    other += 1;
    return { 'user-updates/0': 7, 'product-updates/0': other };
  };
  expect(readFor(15, unread)).toBe(false);
  expect(readFor(1, unread)).toBe(true);
});

test('a partition that gets its messages slowly has not stalled', () => {
  const { readFor } = reading();
  for (let received = 0; received < 10; received += 1)
    expect(readFor(14, () => ({ 'user-updates/0': received }))).toBe(false);
});

test('a partition whose messages wait behind those of others has not stalled, however slowly they are applied', () => {
  const { readFor } = reading();
  expect(readFor(60, () => ({ 'user-updates/0': 7 }), true)).toBe(false);
  expect(readFor(15, () => ({ 'user-updates/0': 7 }))).toBe(false);
  expect(readFor(1, () => ({ 'user-updates/0': 7 }))).toBe(true);
});

test('a partition that has everything has not stalled, and has its 15 s again when there is more', () => {
  const { readFor } = reading();
  readFor(14, () => ({ 'user-updates/0': 7 }));
  readFor(1, () => ({}));
  expect(readFor(14, () => ({ 'user-updates/0': 7 }))).toBe(false);
});

test('a consumer that did not read, or was frozen, is given its time', () => {
  const { readFor, freezeFor } = reading();
  readFor(1, () => ({ 'user-updates/0': 7 }));
  freezeFor(60);
  expect(readFor(5, () => ({ 'user-updates/0': 7 }))).toBe(false);
});

import { expect, test } from 'vitest';
import { readRfc3339 } from './instant.ts';

test('a time is taken with its date, time of day and zone alone', () => {
  expect(readRfc3339('2026-03-18T12:00:00.5+01:00')).toEqual(new Date('2026-03-18T11:00:00.500Z'));
  for (const text of [
    '2026',
    '2026-03-18',
    '2026-03-18T12:00:00',
    'March 18, 2026 UTC',
    '2026-03-18 12:00:00Z',
  ])
    expect(readRfc3339(text)).toBeUndefined();
});

import { expect, test } from 'vitest';
import { bytes, count, duration, many, money, percent, perSecond, short } from './format.ts';
import { ago, momentOf, utc } from './time.ts';

test.for([
  [duration(0.84), '0.8 ms'],
  [duration(12.3), '12 ms'],
  [duration(1_234), '1.2 s'],
  [duration(180_000), '3 min'],
  [duration(7_200_000), '2 h'],
  [duration(86_400_000 * 4), '4 d'],
  [bytes(0), '0 B'],
  [bytes(139_600_000), '139.6 MB'],
  [count(12_345), '12,345'],
  [short(1_234_567), '1.2m'],
  [percent(0.123), '12.3%'],
  [perSecond(0.44), '0.4'],
  [perSecond(1_234.5), '1,235'],
  [money(12.5, 'EUR'), '€12.50'],
  [money(12, 'no currency'), '12 no currency'],
  [many(1, 'order'), '1 order'],
  [many(2, 'activity', 'activities'), '2 activities'],
  [ago(1_000, 13_000), '12 s ago'],
  [ago(13_000, 1_000), 'in 12 s'],
  [utc(0), '1970-01-01 00:00:00.000 UTC'],
] as const)('writes a figure with its unit: %s', ([written, expected]) => {
  expect(written.toLowerCase()).toBe(expected.toLowerCase());
});

test('takes for no time what somebody wrote in its place', () => {
  expect(momentOf('2026-02-03T13:05:09Z')?.getTime()).toBe(Date.UTC(2026, 1, 3, 13, 5, 9));
  expect(momentOf(0)?.getTime()).toBe(0);
  for (const none of [undefined, null, '', 'yesterday', 1e18]) expect(momentOf(none)).toBeUndefined();
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timeTexts } from './time-texts.ts';
import { earliest, latest } from './window.ts';

test('writes times in any order as toISOString does', () => {
  const minute = fc
    .date({ min: earliest, max: latest, noInvalidDate: true })
    .map((time) => new Date(Math.ceil(time.getTime() / 60_000) * 60_000));
  const times = fc.array(
    fc.oneof(minute, fc.date({ min: earliest, max: latest, noInvalidDate: true }), fc.constant(earliest)),
  );
  fc.assert(
    fc.property(times, (given) => {
      expect(timeTexts(given)).toEqual(given.map((time) => time.toISOString()));
    }),
  );
});

test.each([60_000, 3_600_000, 86_400_000])(
  'writes 5,000 buckets of %d ms in a row as toISOString does',
  (ms) => {
    const times = Array.from({ length: 5_000 }, (_, place) => new Date(Date.UTC(2027, 11, 30) + place * ms));
    expect(timeTexts(times)).toEqual(times.map((time) => time.toISOString()));
  },
);

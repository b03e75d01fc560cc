import { isProblem } from '@souk/service-kit/problem.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketMs } from '../rollups/bucket.ts';
import { pointsMax, type SeriesGranularity, series } from './series.ts';

const now = new Date('2026-03-18T09:47:12.345Z');
const granularities = ['minute', 'hour', 'day', 'week', 'month'] as const;
const starts = (query: { granularity: SeriesGranularity; from?: string; to?: string }) =>
  series(query, now).buckets.map((bucket) => bucket.toISOString());

/** The fields that a range is refused for. */
const refused = (query: { granularity: SeriesGranularity; from?: string; to?: string }): string[] => {
  try {
    series(query, now);
  } catch (error) {
    if (!isProblem(error)) throw error;
    expect(error.problem).toMatchObject({ status: 400, code: 'invalid_request' });
    return (error.problem.errors ?? []).map(({ field }) => field);
  }
  return [];
};

describe('series', () => {
  test('moves both ends outwards to the edges of their buckets', () => {
    const query = { from: '2026-03-01T10:30:00Z', to: '2026-03-01T12:00:00.001Z' };
    const { from, to, buckets } = series({ granularity: 'hour', ...query }, now);

    expect([from.toISOString(), to.toISOString()]).toEqual([
      '2026-03-01T10:00:00.000Z',
      '2026-03-01T13:00:00.000Z',
    ]);
    expect(buckets).toHaveLength(3);
  });

  test('leaves the bucket that begins at `to` out', () => {
    const query = { from: '2026-03-01T10:00:00Z', to: '2026-03-01T12:00:00Z' };
    expect(starts({ granularity: 'hour', ...query })).toEqual([
      '2026-03-01T10:00:00.000Z',
      '2026-03-01T11:00:00.000Z',
    ]);
  });

  test('ends with the current bucket and has its usual length unless told otherwise', () => {
    const lengths = granularities.map((granularity) => {
      const buckets = starts({ granularity });
      return [buckets.length, buckets.at(-1)];
    });
    expect(lengths).toEqual([
      [1441, '2026-03-18T09:47:00.000Z'],
      [25, '2026-03-18T09:00:00.000Z'],
      [31, '2026-03-18T00:00:00.000Z'],
      [13, '2026-03-16T00:00:00.000Z'],
      [13, '2026-03-01T00:00:00.000Z'],
    ]);
  });

  test('begins weeks on Monday, across the years', () => {
    const query = { from: '2026-01-01T00:00:00Z', to: '2026-01-06T00:00:00Z' };
    expect(starts({ granularity: 'week', ...query })).toEqual([
      '2025-12-29T00:00:00.000Z',
      '2026-01-05T00:00:00.000Z',
    ]);
  });

  test('begins months on the first, whatever their lengths', () => {
    const query = { from: '2023-12-31T23:59:59Z', to: '2024-03-01T00:00:00.001Z' };
    expect(starts({ granularity: 'month', ...query })).toEqual([
      '2023-12-01T00:00:00.000Z',
      '2024-01-01T00:00:00.000Z',
      '2024-02-01T00:00:00.000Z',
      '2024-03-01T00:00:00.000Z',
    ]);
  });

  test('takes times of other zones for what they are', () => {
    const query = { from: '2026-03-01T00:00:00+02:00', to: '2026-02-28T23:00:00Z' };
    expect(starts({ granularity: 'hour', ...query })).toEqual(['2026-02-28T22:00:00.000Z']);
  });

  test('has no gap, begins before `from` and ends after `to`, by less than a bucket', () => {
    const time = fc.integer({ min: Date.UTC(1950, 0, 1), max: Date.UTC(2100, 0, 1) });
    fc.assert(
      fc.property(
        fc.constantFrom(...granularities),
        time,
        fc.integer({ min: 1, max: 5e8 }),
        (g, a, wanted) => {
          const length = g === 'minute' ? Math.min(wanted, (pointsMax - 1) * bucketMs.minute) : wanted;
          const query = { from: new Date(a).toISOString(), to: new Date(a + length).toISOString() };
          const { from, to, buckets } = series({ granularity: g, ...query }, now);
          const edges = [...buckets, to].map((edge) => edge.getTime());
          expect(edges).toEqual([...new Set(edges)].sort((x, y) => x - y));
          expect(from.getTime()).toBeLessThanOrEqual(a);
          expect(edges[1]).toBeGreaterThan(a);
          expect(edges.at(-2)).toBeLessThan(a + length);
          expect(to.getTime()).toBeGreaterThanOrEqual(a + length);
          const again = series({ granularity: g, from: from.toISOString(), to: to.toISOString() }, now);
          expect(again.buckets).toEqual(buckets);
        },
      ),
    );
  });

  test(`gives ${pointsMax} buckets, and refuses one more by both fields`, () => {
    const from = '2026-01-01T00:00:00.000Z';
    const to = new Date(Date.parse(from) + pointsMax * 60_000);
    expect(starts({ granularity: 'minute', from, to: to.toISOString() })).toHaveLength(pointsMax);

    const more = new Date(to.getTime() + 1).toISOString();
    expect(refused({ granularity: 'minute', from, to: more })).toEqual(['from', 'to']);
  });

  test('refuses a range of all time at once, without counting it', () => {
    const query = { from: '0001-01-01T00:00:00Z', to: '9999-01-01T00:00:00Z' };
    for (const granularity of granularities)
      expect(refused({ granularity, ...query })).toEqual(['from', 'to']);
  });

  test('refuses what is no range by both fields', () => {
    expect(refused({ granularity: 'day', from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' })).toEqual(
      ['from', 'to'],
    );
    expect(refused({ granularity: 'day', from: '2026-03-18T09:47:12.345Z' })).toEqual(['from', 'to']);
  });

  test('refuses times that are none, or that Postgres does not know', () => {
    expect(refused({ granularity: 'day', from: '2026-03-01T23:59:60Z' })).toEqual(['from']);
    expect(refused({ granularity: 'day', from: '0000-05-01T00:00:00Z', to: '0000-06-01T00:00:00Z' })).toEqual(
      ['from', 'to'],
    );
    expect(refused({ granularity: 'day', to: '9999-12-31T23:59:59-12:00' })).toEqual(['to']);
  });

  test('begins with the earliest time when the usual length would go further back', () => {
    expect(starts({ granularity: 'day', to: '0001-01-02T00:00:00Z' })).toEqual(['0001-01-01T00:00:00.000Z']);
    expect(refused({ granularity: 'day', to: '0000-12-31T00:00:00Z' })).toEqual(['to']);
  });
});

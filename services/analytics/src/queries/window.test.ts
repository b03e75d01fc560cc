import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketMs, bucketStart } from '../rollups/bucket.ts';
import { cover, earliest, latest, windowUntil } from './window.ts';

const at = (text: string) => new Date(text);

describe('windowUntil', () => {
  test('ends with the current minute, so that what just happened is in it', () => {
    expect(windowUntil('1h', at('2026-03-01T09:47:12.345Z'))).toEqual({
      from: at('2026-03-01T08:48:00Z'),
      to: at('2026-03-01T09:48:00Z'),
    });
  });

  test('begins at the beginning of time for all', () => {
    expect(windowUntil('all', at('2026-03-01T09:47:12.345Z')).from).toEqual(earliest);
  });
});

describe('cover', () => {
  test('takes days, then hours, then minutes', () => {
    expect(cover({ from: at('2026-03-01T22:58:00Z'), to: at('2026-03-04T01:02:00Z') })).toEqual([
      { granularity: 'minute', from: at('2026-03-01T22:58:00Z'), to: at('2026-03-01T23:00:00Z') },
      { granularity: 'hour', from: at('2026-03-01T23:00:00Z'), to: at('2026-03-02T00:00:00Z') },
      { granularity: 'day', from: at('2026-03-02T00:00:00Z'), to: at('2026-03-04T00:00:00Z') },
      { granularity: 'hour', from: at('2026-03-04T00:00:00Z'), to: at('2026-03-04T01:00:00Z') },
      { granularity: 'minute', from: at('2026-03-04T01:00:00Z'), to: at('2026-03-04T01:02:00Z') },
    ]);
  });

  test('of any range of minutes is that range, in whole buckets, without overlap or gap', () => {
    fc.assert(
      fc.property(timeRange, ({ from, to }) => {
        const spans = cover({ from, to });
        let end = from;
        for (const span of spans) {
          expect(span.from).toEqual(end);
          expect(span.to.getTime()).toBeGreaterThan(span.from.getTime());
          for (const edge of [span.from, span.to])
            expect(new Date(bucketStart(span.granularity, edge.getTime()))).toEqual(edge);
          end = span.to;
        }
        expect(end).toEqual(to);
      }),
    );
  });

  test('takes few buckets: fewer than 60 minutes and 24 hours at each end', () => {
    fc.assert(
      fc.property(timeRange, ({ from, to }) => {
        const spans = cover({ from, to });
        expect(spans.length).toBeLessThanOrEqual(5);
        for (const span of spans)
          if (span.granularity !== 'day') {
            const buckets = (span.to.getTime() - span.from.getTime()) / bucketMs[span.granularity];
            expect(buckets).toBeLessThan(span.granularity === 'hour' ? 2 * 24 : 2 * 60);
          }
      }),
    );
  });
});

const minute = fc.oneof(
  fc.integer({ min: earliest.getTime() / bucketMs.minute, max: latest.getTime() / bucketMs.minute }),
  fc.integer({ min: 0, max: 10_000 }),
);
const timeRange = fc.tuple(minute, minute).map(([a, b]) => ({
  from: new Date(Math.min(a, b) * bucketMs.minute),
  to: new Date(Math.max(a, b) * bucketMs.minute),
}));

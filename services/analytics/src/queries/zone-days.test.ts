import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketMs } from '../rollups/bucket.ts';
import { aroundDays } from './zone-days.ts';

const quarterMs = 15 * bucketMs.minute;
const start = Date.UTC(2026, 2, 1);

/** Edges of days that are 23 to 25 hours long, or off by a quarter of an hour. */
const edges = fc
  .tuple(
    fc.integer({ min: 0, max: 95 }),
    fc.array(fc.constantFrom(23 * 60, 24 * 60, 24 * 60, 25 * 60, 24 * 60 + 15), {
      minLength: 1,
      maxLength: 5,
    }),
  )
  .map(([first, lengths]) => {
    const times = [start + first * quarterMs];
    for (const minutes of lengths) times.push((times.at(-1) as number) + minutes * bucketMs.minute);
    return times.map((at) => new Date(at));
  });

test('days of UTC and what is moved between them count each quarter of an hour once, in the bucket that it is in', () => {
  fc.assert(
    fc.property(edges, (bounds) => {
      const { midnights, moved } = aroundDays(bounds);
      const counted = (atMs: number) => {
        const places = new Map<number, number>();
        const add = (place: number, by: number) => places.set(place, (places.get(place) ?? 0) + by);
        add(midnights.filter((midnight) => midnight.getTime() <= atMs).length, 1);
        for (const { from, to, gains, loses } of moved)
          if (from.getTime() <= atMs && atMs < to.getTime()) {
            add(gains, 1);
            add(loses, -1);
          }
        return [...places].filter(([, count]) => count !== 0);
      };
      for (let ms = start - bucketMs.day; ms < start + 8 * bucketMs.day; ms += quarterMs) {
        const place = bounds.filter((bound) => bound.getTime() <= ms).length;
        expect(counted(ms)).toEqual([[place, 1]]);
      }
    }),
    { numRuns: 20 },
  );
});

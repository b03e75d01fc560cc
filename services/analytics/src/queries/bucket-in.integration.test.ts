import { timestamps } from '@souk/service-kit/postgres/columns.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bucketMs } from '../rollups/bucket.ts';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import { placeIn } from './bucket-in.ts';

const startMs = Date.UTC(2026, 2, 1);

let database: AnalyticsDatabase;
beforeAll(async () => {
  database = await analyticsDatabase();
});
afterAll(() => database.drop());

test('a day has the place of the last edge before it, also where days between edges are double or missing', async () => {
  // In Auckland noon of UTC is midnight in winter alone: one such day of two, another of none, as many days in all.
  const lengths = fc.array(fc.constantFrom(0, 1, 1, 1, 2), { minLength: 1, maxLength: 12 });
  const changes = [1, 2, 1, 0, 1];
  await fc.assert(
    fc.asyncProperty(lengths, async (days) => {
      const edges = [startMs];
      for (const count of days) edges.push((edges.at(-1) as number) + count * bucketMs.day);
      const buckets = Array.from({ length: 14 }, (_, day) => startMs + day * bucketMs.day);
      const rows = await database.db.getAll(
        'places',
        (sql) => sql<{ place: number }[]>`
          select ${placeIn(
            sql,
            'day',
            edges.map((ms) => new Date(ms)),
          )} as place
          from unnest(${timestamps(buckets)}::text::timestamptz[]) with ordinality as days (bucket, n) order by n`,
      );
      const within = buckets.filter((ms) => ms < (edges.at(-1) as number));
      expect(rows.slice(0, within.length).map(({ place }) => place)).toEqual(
        within.map((ms) => edges.filter((edge) => edge <= ms).length),
      );
    }),
    { numRuns: 30, examples: [[changes]] },
  );
});

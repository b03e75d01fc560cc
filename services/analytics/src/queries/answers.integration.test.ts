import type { Http } from '@souk/service-kit/http/http.ts';
import type { Sql } from '@souk/service-kit/postgres/database.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import type { Comparison } from '../testing/oracle/comparison.ts';
import { comparisons } from '../testing/oracle/comparisons.ts';
import { deliverAll, deliveries } from '../testing/oracle/delivery.ts';
import { createFacts, shopZone, storeFacts } from '../testing/oracle/facts.ts';
import { began, shownIn, step, tell } from '../testing/oracle/history.ts';
import { testHttp } from '../testing/test-http.ts';

/** Large amounts are exact up to 15 digits: the answer, with the expected number wherever its own is near that. */
const aligned = (answer: unknown, expected: unknown): unknown => {
  if (typeof answer === 'number' && typeof expected === 'number')
    return Math.abs(answer - expected) <= 1e-13 * Math.abs(expected) ? expected : answer;
  if (Array.isArray(answer)) return answer.map((one, at) => aligned(one, (expected as unknown[])?.[at]));
  if (typeof answer !== 'object' || answer === null) return answer;
  return Object.fromEntries(
    Object.entries(answer).map(([name, value]) => [
      name,
      aligned(value, (expected as Record<string, unknown> | null)?.[name]),
    ]),
  );
};

let database: AnalyticsDatabase;
let http: Http;
let now = began;
beforeAll(async () => {
  const currency = 'BHD';
  database = await analyticsDatabase({ typesMax: 6, shopZone, currency, experiments: [shownIn] });
  await createFacts(database.db.sql, currency);
  http = await testHttp(database.db, () => now);
});
afterAll(async () => {
  await http?.close();
  await database.drop();
});

test('any interleaving, repetition and batching gives the answers that follow from the facts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), deliveries, async (steps, plans) => {
      const history = tell(steps);
      await database.clear();
      await database.forgetTypes();
      await database.windowsUntil(began);
      now = await deliverAll(database, history, plans);
      await storeFacts(database.db.sql, history, now);
      for (const comparison of comparisons) {
        const expected = await expectedBy(database.db.sql, comparison);
        const told = aligned(await toldBy(comparison), expected);
        expect([comparison.path, told]).toEqual([comparison.path, expected]);
      }
    }),
    { numRuns: 5, endOnFailure: true },
  );
});

const toldBy = async ({ path, told }: Comparison): Promise<unknown> =>
  told((await http.inject(`/api/v1/analytics/${path}`)).json());

const expectedBy = async (sql: Sql, { facts }: Comparison): Promise<unknown> => {
  const [row] = await sql.unsafe<{ expected: unknown }[]>(facts);
  return row?.expected;
};

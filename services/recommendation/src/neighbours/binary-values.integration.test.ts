import type { Sql } from '@souk/service-kit/postgres/database.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Projected, testProjected } from '../testing/projected.ts';
import {
  bigintsOid,
  binaryArray,
  doublesOid,
  type Sent,
  sentBigints,
  sentCount,
  sentId,
  sentInteger,
  sentKey,
} from './binary-values.ts';

let projected: Projected;
let sql: Sql;
beforeAll(async () => {
  projected = await testProjected();
  ({ sql } = projected.db);
});
afterAll(() => projected.close());

test('numbers arrive in Postgres as they were', () =>
  fc.assert(
    fc.asyncProperty(fc.bigInt64Array(), fc.float64Array(), async (bigints, doubles) => {
      const [row] = await sql`
        select ${sql.typed(binaryArray(bigints), bigintsOid)}::text[] as bigints,
          ${sql.typed(binaryArray(doubles), doublesOid)}::text[] as doubles`;
      expect(row).toEqual({ bigints: [...bigints].map(String), doubles: [...doubles].map(writtenDouble) });
    }),
    { numRuns: 30 },
  ));

const writtenDouble = (value: number): string =>
  expect.toSatisfy((text: string) => Object.is(Number(text), value));

test('numbers and ids arrive from Postgres as they were', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.option(fc.uuid()),
      async (bigints, integer, key, id) => {
        const [row] = await sql`
          select ${`{${bigints.join()}}`}::text::bigint[], ${key}::bigint, ${integer}::integer, ${id}::uuid`.raw();
        const [array, ...sent] = row as Sent[];
        expect([...sentBigints(array)]).toEqual(bigints);
        expect(sentCount(array)).toBe(bigints.length);
        expect([sentKey(sent[0]), sentInteger(sent[1]), sentId(sent[2])]).toEqual([key, integer, id]);
      },
    ),
    { numRuns: 30 },
  ));

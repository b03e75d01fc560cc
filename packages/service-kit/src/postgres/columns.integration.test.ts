import { type TestDatabase, testDatabase } from '@souk/testing/database.ts';
import fc from 'fast-check';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsons, texts, timestamps, values } from './columns.ts';

let database: TestDatabase;
let sql: postgres.Sql;
beforeAll(async () => {
  database = await testDatabase('analytics');
  sql = postgres(database.url, { max: 1 });
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

test('Postgres reads every column as it was, whatever its texts hold', async () => {
  const column = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 20, size: 'max' });
  const text = fc.string({ unit: fc.oneof(fc.constantFrom(...'"\\,{} \n'), fc.string({ minLength: 1 })) });
  await fc.assert(
    fc.asyncProperty(
      column(text.filter((value) => !value.includes('\0') && value.isWellFormed())),
      column(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })),
      column(fc.option(fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(9999, 0) }))),
      column(fc.jsonValue()),
      async (names, amounts, times, documents) => {
        const [row] = await sql`
          select ${texts(names)}::text::text[] as names, (${jsons(documents)}::text::json[])::text[] as documents, (${values(amounts)}::text::numeric[])::text[] as amounts,
            array(select coalesce((extract(epoch from at) * 1000)::bigint::text, 'none')
              from unnest(${timestamps(times)}::text::timestamptz[]) as at) as times`;
        expect(row?.names).toEqual(names);
        expect(row?.amounts).toEqual(amounts.map(String));
        expect(row?.documents).toEqual(documents.map((document) => JSON.stringify(document)));
        expect(row?.times).toEqual(times.map((ms) => `${ms ?? 'none'}`));
      },
    ),
    { numRuns: 50 },
  );
});

import type { TestMesh } from '@souk/testing/mesh.ts';

/** What says how far a consumer has read, what a rebuild keeps, when something was seen first, or what moves with time. */
const notRebuilt = [
  ...[
    'schema_migrations',
    'projection_generation',
    'projection_tables',
    'dead_letters',
    'consumer_positions',
  ],
  ...['activity_types', 'unknown_products', 'product_changes', 'build'],
  ...['ranking_windows', 'product_windows', 'product_rankings'],
];
const significantDigits = 9;

/** Every row of every table of a schema that a rebuild gives again, floating numbers to nine digits. */
export const projectionRows = async (
  sql: TestMesh['sql'],
  schema: string,
): Promise<Record<string, string[]>> => {
  const tables = await sql<{ name: string }[]>`
    select relname as name from pg_class
    where relnamespace = ${schema}::regnamespace and relkind in ('r', 'p') and not relispartition
      and relname <> all(${notRebuilt})
    order by 1`;
  const all: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await sql.unsafe<{ row: object }[]>(`select to_jsonb(t) as row from ${schema}.${name} t`);
    all[name] = rows.map(({ row }) => JSON.stringify(row, rounded)).sort();
  }
  if (Object.values(all).flat().length === 0) throw new Error(`${schema} has no rows`);
  return all;
};

const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value)
    ? Number(value.toPrecision(significantDigits))
    : value;

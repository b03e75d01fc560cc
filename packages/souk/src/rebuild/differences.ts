import type postgres from 'postgres';

type Row = Record<string, unknown>;

/** How a table in use differs from the one that was built beside it. */
export interface TableDifference {
  table: string;
  /** Up to 1,000,001 each. */
  rows: { now: number; beside: number };
  /** Of so many rows in use those that are others, or missing, beside. */
  compared: number;
  different: { now: Row; beside: Row | undefined }[];
}

const countMax = 1_000_001;
const sampleSize = 1_000;
/** Sums of floating numbers depend on the order in which they were added. */
const significantDigits = 9;
/** What says how far a consumer has read. */
const bookkeeping = ['consumer_positions', 'projection_generation', 'dead_letters'];

/**
 * Compares each table in use with the one built beside it, by counts and about 1,000 rows at random: both change
 * meanwhile, so what was written last may differ.
 */
export const readDifferences = async (sql: postgres.Sql): Promise<TableDifference[]> => {
  const tables = await sql<{ table: string; schema: string; key: string[] | null }[]>`
    select relname as table, current_schema() as schema, (
      select array_agg(attname::text) from pg_index join pg_attribute on attrelid = indrelid and attnum = any(indkey)
      where indrelid = c.oid and indisprimary) as key
    from pg_class as c
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition
      and relname <> all(${bookkeeping})
      and to_regclass(format('%I.%I', current_schema() || '_beside', relname)) is not null
    order by 1`;
  const differences: TableDifference[] = [];
  for (const { table, schema, key } of tables) {
    const [now, beside] = [sql(`${schema}.${table}`), sql(`${schema}_beside.${table}`)];
    const [rows] = await sql<[{ now: number; beside: number }]>`
      select (select count(*)::integer from (select from ${now} limit ${countMax}) as counted) as now,
        (select count(*)::integer from (select from ${beside} limit ${countMax}) as counted) as beside`;
    const [{ estimated }] = await sql<[{ estimated: number }]>`
      select coalesce(sum(reltuples), 0)::float8 as estimated
      from pg_partition_tree(${`${schema}.${table}`}) join pg_class on oid = relid where isleaf`;
    const sample = key ? await readSample(sql, { now, beside }, key, Math.max(rows.now, estimated)) : [];
    differences.push({ table, rows, compared: sample.length, different: sample.filter(isDifferent) });
  }
  return differences;
};

const readSample = async (
  sql: postgres.Sql,
  { now, beside }: Record<'now' | 'beside', postgres.Helper<string>>,
  key: readonly string[],
  count: number,
): Promise<{ now: Row; beside: Row | undefined }[]> => {
  const percent = Math.min(100, (150 * sampleSize) / Math.max(1, count));
  const same = key.map((column) => sql`and b.${sql(column)} = l.${sql(column)}`);
  const rows = await sql<{ now: Row; beside: Row | null }[]>`
    select to_jsonb(l) as now, to_jsonb(b) as beside
    from (select * from ${now} tablesample bernoulli (${percent}) order by random() limit ${sampleSize}) as l
      left join ${beside} as b on true ${same}`;
  return rows.map(({ now: row, beside: other }) => ({ now: row, beside: other ?? undefined }));
};

const isDifferent = ({ now, beside }: { now: Row; beside: Row | undefined }): boolean =>
  JSON.stringify(now, rounded) !== JSON.stringify(beside, rounded);

const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value)
    ? Number(value.toPrecision(significantDigits))
    : value;

/** Lines for a person: the tables that differ, each with one row that does. */
export const describeDifferences = (differences: readonly TableDifference[]): string[] => {
  const isSame = ({ rows, different }: TableDifference) => rows.now === rows.beside && different.length === 0;
  const others = differences.filter((one) => !isSame(one));
  const same = differences.length - others.length;
  return [
    `${same} of ${differences.length} tables have the same number of rows and none that differs among those compared.`,
    ...others.flatMap(({ table, rows, compared, different }) => [
      `${table}: ${rows.now} rows in use, ${rows.beside} beside; ${different.length} of ${compared} compared differ`,
      ...different.slice(0, 1).map(({ now, beside }) => `  such as ${changesOf(now, beside)}`),
    ]),
  ];
};

const changesOf = (now: Row, beside: Row | undefined): string => {
  if (!beside) return `${JSON.stringify(now)}, which is not beside`;
  const differs = (name: string) =>
    JSON.stringify(now[name], rounded) !== JSON.stringify(beside[name], rounded);
  const { changed = [], kept = [] } = Object.groupBy(Object.keys(now), (name) =>
    differs(name) ? 'changed' : 'kept',
  );
  const only = (row: Row, names: string[]) =>
    JSON.stringify(Object.fromEntries(names.map((name) => [name, row[name]])));
  return `${only(now, kept)}: ${only(now, changed)} in use, ${only(beside, changed)} beside`;
};

import type { TestMesh } from '@souk/testing/mesh.ts';

type Sql = TestMesh['sql'];

/** What follows the clock, whether anything happens or not; and what was answered to requests that change nothing, too. */
const moving = [
  ...['ranking_windows', 'product_windows', 'product_rankings'].map((name) => `analytics_service.${name}`),
  ...['user_service', 'product_service'].map((schema) => `${schema}.idempotent_answers`),
];

/** A fingerprint per table of the services but those of `moving`: equal exactly when every row is. */
export const tableFingerprints = async (sql: Sql): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(
      (await tablesOf(sql))
        .filter((table) => !moving.includes(table))
        .map(async (table) => {
          const [row] = await sql.unsafe<[{ fingerprint: string }]>(`
          select count(*) || ' rows, ' || coalesce(md5(string_agg(t::text, e'\\n' order by t::text)), '') as fingerprint
          from ${table} t`);
          return [table, row.fingerprint] as const;
        }),
    ),
  );

/** The tables with a row that shows this text, in any case and in any column. */
export const tablesWith = async (sql: Sql, text: string): Promise<string[]> => {
  const found = await Promise.all(
    (await tablesOf(sql)).map(async (table) => {
      const rows = await sql.unsafe(
        `select from ${table} t where strpos(lower(t::text), lower($1)) > 0 limit 1`,
        [text],
      );
      return rows.length > 0 ? [table] : [];
    }),
  );
  return found.flat();
};

const tablesOf = async (sql: Sql): Promise<string[]> => {
  const rows = await sql<{ table: string }[]>`
    select oid::regclass::text as "table" from pg_class
    where relnamespace::regnamespace::text like '%\\_service' and relkind in ('r', 'p') and not relispartition
    order by 1`;
  if (rows.length === 0) throw new Error('there are no tables: the services have not started');
  return rows.map(({ table }) => table);
};

import type { Database, Sql } from '../postgres/database.ts';

/** How many blocks of 8 KiB Postgres looks at for the page that `list` reads; its count is left out. */
export const blocksRead = async (sql: Sql, list: (db: Database) => Promise<unknown>): Promise<number> => {
  let blocks = 0;
  const explaining = {
    getAll: async (_operation: string, query: (sql: Sql) => ReturnType<Sql>) => {
      const [row] = await sql<[{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }]>`
        explain (analyze, buffers, format json) ${query(sql)}`;
      const [{ Plan: plan }] = row['QUERY PLAN'];
      blocks += Number(plan['Shared Hit Blocks']) + Number(plan['Shared Read Blocks']);
      return [];
    },
    get: async () => 0,
  };
  await list(explaining as unknown as Database);
  return blocks;
};

import { readFileSync } from 'node:fs';
import { type OwnerRole, type ServiceRole, serviceRoles } from '@souk/contracts/services.ts';
import postgres from 'postgres';

/** Where a cluster is and how to get in; plain data, so that it can be handed to another process. */
export interface PostgresAddress {
  host: string;
  port: number;
  /** Those of owners where schemas have owners of their own. */
  passwords: Record<ServiceRole | 'postgres', string> & Partial<Record<OwnerRole, string>>;
}

const initSql = new URL('../../../infra/postgres/init.sql', import.meta.url);

/** postgres://role:password@host:port/database */
export const databaseUrl = (
  { host, port, passwords }: PostgresAddress,
  role: keyof PostgresAddress['passwords'],
  database = 'souk',
): string => `postgres://${role}:${passwords[role]}@${host}:${port}/${database}`;

/** Creates the database when there is none, and gives it the services' roles, passwords and schemas. */
export const prepareDatabase = async (address: PostgresAddress, database: string): Promise<void> => {
  await asSuperuser(address, 'postgres', async (sql) => {
    const [found] = await sql`select 1 from pg_database where datname = ${database}`;
    if (!found) await sql`create database ${sql(database)}`;
  });
  await asSuperuser(address, database, async (sql) => {
    await sql`select set_config('souk.roles', ${serviceRoles.join()}, false)`;
    for (const [role, password] of Object.entries(address.passwords))
      await sql`select set_config(${`souk.${role}_password`}, ${password}, false)`;
    await sql.unsafe(readFileSync(initSql, 'utf8'));
  });
};

/** Runs the work on one connection of the superuser, which is closed afterwards. */
export const asSuperuser = async <T>(
  address: PostgresAddress,
  database: string,
  work: (sql: postgres.Sql) => Promise<T>,
): Promise<T> => {
  const sql = postgres(databaseUrl(address, 'postgres', database), { max: 1, onnotice: () => undefined });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
};

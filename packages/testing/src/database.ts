import { randomUUID } from 'node:crypto';
import { type ServiceName, type ServiceRole, serviceRoles, services } from '@souk/contracts/services.ts';
import { asSuperuser, databaseUrl, type PostgresAddress } from '@souk/embedded/postgres-database.ts';
import postgres from 'postgres';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: PostgresAddress;
  }
}

export const templateDatabase = 'souk_template';

export interface TestDatabase {
  name: string;
  /** As the service it was made for. */
  url: string;
  /** As each of the services. */
  urls: Record<ServiceRole, string>;
  superuserUrl: string;
  /** Ends every session in it and deletes it. */
  drop(): Promise<void>;
}

/**
 * A new database on the PostgreSQL of the test run, with the roles and empty schemas of every service, or a copy of a
 * template. For integration tests only: the server is started by global-setup.ts.
 */
export const testDatabase = async (
  service: ServiceName = 'user',
  template = templateDatabase,
): Promise<TestDatabase> => {
  const address = inject('postgres');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const sql = superuser(address);
  await sql`create database ${sql(name)} template ${sql(template)}`;
  const url = (role: ServiceRole | 'postgres') => databaseUrl(address, role, name);
  const urls = Object.fromEntries(serviceRoles.map((role) => [role, url(role)])) as Record<
    ServiceRole,
    string
  >;
  const drop = async () => {
    await sql`drop database if exists ${sql(name)} with (force)`;
  };
  return { name, url: urls[services[service].role], urls, superuserUrl: url('postgres'), drop };
};

/**
 * The name of a template that the first one of the run who asks for it fills, as the service: a copy costs a fraction of
 * what fills it.
 */
export const filledTemplate = async (
  name: string,
  service: ServiceName,
  fill: (url: string) => Promise<void>,
): Promise<string> => {
  const address = inject('postgres');
  await asSuperuser(address, 'postgres', async (sql) => {
    await sql`select pg_advisory_lock(hashtextextended(${name}, 0))`;
    const [filled] = await sql`select from pg_database where datname = ${name} and datistemplate`;
    if (filled) return;
    // One that could not be filled is left over.
    await sql`drop database if exists ${sql(name)} with (force)`;
    await sql`create database ${sql(name)} template ${sql(templateDatabase)}`;
    await fill(databaseUrl(address, services[service].role, name));
    await sql`alter database ${sql(name)} is_template true`;
  });
  return name;
};

let shared: postgres.Sql | undefined;
/** One connection for all test files of a worker: to open one takes as long as to make a database. */
const superuser = (address: PostgresAddress): postgres.Sql => {
  shared ??= postgres(databaseUrl(address, 'postgres', 'postgres'), {
    max: 1,
    idle_timeout: 10,
    onnotice: () => undefined,
  });
  return shared;
};

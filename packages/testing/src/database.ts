import { randomUUID } from 'node:crypto';
import { type ServiceName, type ServiceRole, serviceRoles, services } from '@souk/contracts/services.ts';
import { databaseUrl, type PostgresAddress } from '@souk/embedded/postgres-database.ts';
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
 * A new database on the PostgreSQL of the test run, with the roles and empty schemas of every service. For
 * integration tests only: the server is started by global-setup.ts.
 */
export const testDatabase = async (service: ServiceName = 'user'): Promise<TestDatabase> => {
  const address = inject('postgres');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const sql = superuser(address);
  await sql`create database ${sql(name)} template ${sql(templateDatabase)}`;
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

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Database, TransactionSql } from './database.ts';
import { errorCode } from './errors.ts';
import { grantToService } from './grants.ts';

/** One for every service: each has its own schema, but advisory locks are per database. */
const lockName = 'souk:migrate:';
/** For how long a file waits for a table that somebody reads for long: whoever comes after it waits as well. */
const tableLockTimeout = '1s';

interface Migration {
  name: string;
  text: string;
  checksum: string;
}

/** Of every service's schema, before its own. */
const baseMigrations = new URL('../../migrations/base/', import.meta.url);

/**
 * Brings the schema up to date as its owner: the `NNNN_name.sql` files of the folders, folder by
 * folder, each in its own transaction and exactly once. Replicas that start together wait for each other.
 * Throws when a file that was applied before has changed since: a schema moves on by new files only; and
 * with code POOLED when the connections are no sessions, or with a transient error when a table was in use for too long:
 * what was applied stays, so try again. A role that does not own the schema only looks, and throws with
 * code SCHEMA_BEHIND until the owner has done it.
 */
export const migrate = async (db: Database, folders: URL[], log: Logger, metrics: Metrics): Promise<void> => {
  const migrations = await readFolders(folders);
  const finished = metrics
    .histogram('db_init_duration_seconds', 'Duration of bringing the schema up to date')
    .startTimer();
  try {
    await db.requireSessions();
    if (!(await ownsSchema(db))) return await requireMigrated(db, migrations);
    await db.migrationSql.begin(createLedger);
    for (const migration of migrations)
      if (await db.migrationSql.begin((tx) => apply(tx, migration)))
        log.info({ migration: migration.name }, 'schema migrated');
    await db.migrationSql.begin(grantToService);
  } finally {
    finished();
  }
};

/** Throws with code SCHEMA_BEHIND until the schema has all the files of the folders. */
export const requireSchema = async (db: Database, folders: URL[]): Promise<void> => {
  await db.requireSessions();
  await requireMigrated(db, await readFolders(folders));
};

const readFolders = async (folders: URL[]): Promise<Migration[]> =>
  (await Promise.all([baseMigrations, ...folders].map(readFolder))).flat();

const ownsSchema = async (db: Database): Promise<boolean> => {
  const [row] = await db.migrationSql<[{ owns: boolean }?]>`
    select nspowner = current_user::regrole::oid as owns from pg_namespace where nspname = current_schema()`;
  // Without a schema, or a right on it, the first statement says so.
  return row?.owns ?? true;
};

const requireMigrated = async (db: Database, migrations: readonly Migration[]): Promise<void> => {
  const applied = await db.migrationSql<{ name: string }[]>`select name from schema_migrations`.catch(
    (error: unknown) => {
      if (errorCode(error) === undefinedTable) return [];
      throw error;
    },
  );
  const missing = migrations.find(({ name }) => !applied.some((one) => one.name === name));
  if (missing) throw schemaBehind(missing.name);
};

const undefinedTable = '42P01';

const schemaBehind = (migration: string) =>
  Object.assign(
    new Error(`migration ${migration} is missing: run the service once with MIGRATION_DATABASE_URL`),
    {
      code: 'SCHEMA_BEHIND',
    },
  );

const lockSchema = (tx: TransactionSql) =>
  tx`select pg_advisory_xact_lock(hashtextextended(${lockName} || current_schema(), 0))`;

const createLedger = async (tx: TransactionSql): Promise<void> => {
  await lockSchema(tx);
  await tx`
    create table if not exists schema_migrations (
      name text primary key, checksum text not null, applied_at timestamptz not null default now())`;
};

/** False when it had been applied before. */
const apply = async (tx: TransactionSql, { name, text, checksum }: Migration): Promise<boolean> => {
  // It may rewrite a large table, or wait for a replica that does: longer than a service's own transactions may take.
  await tx`set local transaction_timeout = 0`;
  await lockSchema(tx);
  const [before] = await tx<
    { checksum: string }[]
  >`select checksum from schema_migrations where name = ${name}`;
  if (before?.checksum === checksum) return false;
  if (before) throw new Error(`migration ${name} was changed after it had been applied`);
  await tx`select set_config('lock_timeout', ${tableLockTimeout}, true)`;
  await tx.unsafe(text);
  await tx`insert into schema_migrations (name, checksum) values (${name}, ${checksum})`;
  return true;
};

const readFolder = async (folder: URL): Promise<Migration[]> => {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8');
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
    }),
  );
};

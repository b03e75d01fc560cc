import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/registry.ts';
import type { Database } from './database.ts';

/** One for every service: each has its own schema, but advisory locks are per database. */
const lockName = 'souk:migrate:';

interface Migration {
  name: string;
  text: string;
  checksum: string;
}

/**
 * Brings the role's own schema up to date: the `NNNN_name.sql` files of the folders, folder by
 * folder, each in its own transaction and once for ever. Replicas that start together wait for each other.
 * Throws when a file that was applied before has changed since: a schema moves on by new files only.
 */
export const migrate = async (db: Database, folders: URL[], log: Logger, metrics: Metrics): Promise<void> => {
  const migrations = (await Promise.all(folders.map(readFolder))).flat();
  const finished = metrics
    .histogram('db_init_duration_seconds', 'Duration of bringing the schema up to date')
    .startTimer();
  const connection = await db.sql.reserve();
  try {
    await connection`select pg_advisory_lock(hashtextextended(${lockName} || current_schema(), 0))`;
    // A migration may rewrite a large table, which takes longer than a service's own transactions may.
    await connection`set transaction_timeout = 0`;
    await connection`
      create table if not exists schema_migrations (
        name text primary key, checksum text not null, applied_at timestamptz not null default now())`;
    const rows = await connection<{ name: string; checksum: string }[]>`
      select name, checksum from schema_migrations`;
    const applied = new Map(rows.map((row) => [row.name, row.checksum]));
    for (const migration of migrations) {
      const before = applied.get(migration.name);
      if (before === migration.checksum) continue;
      if (before !== undefined)
        throw new Error(`migration ${migration.name} was changed after it had been applied`);
      await connection.unsafe(
        `begin;${migration.text};
         insert into schema_migrations (name, checksum) values ('${migration.name}', '${migration.checksum}');
         commit`,
      );
      log.info({ migration: migration.name }, 'schema migrated');
    }
  } catch (error) {
    await connection`rollback`.catch(() => undefined);
    throw error;
  } finally {
    await connection`select pg_advisory_unlock_all()`.catch(() => undefined);
    await connection`reset transaction_timeout`.catch(() => undefined);
    connection.release();
    finished();
  }
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

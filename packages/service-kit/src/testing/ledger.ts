import { randomUUID } from 'node:crypto';
import { newEvent } from '@souk/contracts/new-event.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import type { TestDatabase } from '@souk/testing/database.ts';
import pino from 'pino';
import { createMetrics, type Metrics } from '../metrics.ts';
import { eventRows } from '../outbox/event-rows.ts';
import { outboxMigrations } from '../outbox/migrations.ts';
import { type Database, openPostgres, type Sql, type TransactionSql } from '../postgres/database.ts';
import { migratedDatabase } from './migrated-database.ts';

/** The smallest owner there can be: accounts with a version, each change with its event. */
export interface Ledger {
  database: TestDatabase;
  db: Database;
  metrics: Metrics;
  add(sql?: Sql | TransactionSql): Promise<string>;
  /** One more version of an account, under its row lock. */
  touch(id: string, sql?: Sql | TransactionSql): Promise<void>;
  /** version by account id. */
  versions(): Promise<Map<string, number>>;
  close(): Promise<void>;
}

export const silent = pino({ level: process.env.TEST_LOG ?? 'silent' });

export const testLedger = async (): Promise<Ledger> => {
  const database = await migratedDatabase('user', [outboxMigrations]);
  const metrics = createMetrics('ledger');
  const db = openPostgres({
    url: database.url,
    poolMax: 20,
    applicationName: 'ledger',
    metrics,
    log: silent,
  });
  await db.sql`create table accounts (id uuid primary key, version bigint not null)`;

  const write = async (sql: Sql | TransactionSql, id: string, version: number) => {
    const at = new Date().toISOString();
    const state = { user_id: id, version, cart: [], created_at: at, updated_at: at };
    const event = newEvent(userUpdates, 'user.updated.v1', randomUUID(), state);
    await (sql as Sql)`
      with saved as (
        insert into accounts (id, version) values (${id}, ${version})
        on conflict (id) do update set version = excluded.version returning id
      ), published as (
        insert into outbox (event_id, type, key, data, traceparent)
        select event_id, type, key, data, traceparent from ${eventRows(sql, [event])}
        where key in (select id::text from saved) order by position
      ) select id from saved`;
  };

  return {
    database,
    db,
    metrics,
    add: async (sql = db.sql) => {
      const id = randomUUID();
      await write(sql, id, 1);
      return id;
    },
    touch: async (id, sql) => {
      const change = async (tx: Sql | TransactionSql) => {
        const [row] = await (tx as Sql)<[{ version: number }]>`
          select version from accounts where id = ${id} for update`;
        await write(tx, id, row.version + 1);
      };
      await (sql ? change(sql) : db.transaction('touch', change));
    },
    versions: async () => {
      const rows = await db.sql<{ id: string; version: number }[]>`select id, version from accounts`;
      return new Map(rows.map(({ id, version }) => [id, version]));
    },
    close: async () => {
      await db.end();
      await database.drop();
    },
  };
};

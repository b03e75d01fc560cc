import { randomUUID } from 'node:crypto';
import { encodeEvent } from '@souk/contracts/cloud-event.ts';
import { type EventType, retryTopic } from '@souk/contracts/topic.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { testDatabase } from '@souk/testing/database.ts';
import { eventually } from '@souk/testing/eventually.ts';
import postgres from 'postgres';
import { expect, test as plainTest } from 'vitest';
import { applyBatch } from '../consumer/apply-batch.ts';
import type { Rejected } from '../consumer/batch.ts';
import { createMetrics } from '../metrics.ts';
import { openPostgres, type Sql, type TransactionSql } from '../postgres/database.ts';
import { migrate } from '../postgres/migrate.ts';
import { silent } from '../testing/ledger.ts';
import { receivedFrom } from '../testing/received.ts';
import { beginBeside, dropBeside, notSentBy, readOtherSettings, saveSettings } from './beside.ts';
import { projectionMigrations } from './migrations.ts';
import { projection } from './subscription.ts';
import { switchBeside } from './switch-beside.ts';

const topic = userUpdates.name;
const settings = { HALF_LIFE_DAYS: 7, EXPERIMENTS: '[]' };
const patience = { timeoutMs: 60_000 };

/** A service that has read up to offset 10, and the build beside its tables, which has read nothing. */
// biome-ignore lint/correctness/noEmptyPattern: vitest reads from it that nothing is needed
const test = plainTest.extend('built', async ({}, { onCleanup }) => {
  const database = await testDatabase('analytics');
  const metrics = createMetrics('beside');
  const db = openPostgres({ url: database.url, poolMax: 4, applicationName: 'beside', metrics, log: silent });
  const operator = postgres(database.url, { max: 1, onnotice: () => undefined });
  const admin = postgres(database.superuserUrl, { max: 1, onnotice: () => undefined });
  onCleanup(async () => {
    await Promise.all([db.end(), operator.end({ timeout: 1 }), admin.end({ timeout: 1 })]);
    await database.drop();
  });
  await migrate(db, [projectionMigrations], silent, metrics);
  const { sql } = db;
  await sql`create table counts (id text primary key, events int not null)`;
  await sql`insert into projection_tables (name) values ('counts')`;
  await sql`
    insert into consumer_positions (source, topic, partition, last_sequence, next_offset)
    values ('souk://user', ${topic}, 0, 10, 10)`;
  await beginBeside(db, undefined, settings);
  return {
    db,
    sql,
    url: database.url,
    admin,
    operator: operator as unknown as Sql,
    /** As a service does that refuses the event at an offset; inside of `tx` where it is given. */
    refuse: (id: string, offset: number, tx: Sql | TransactionSql = sql) => tx`
      insert into dead_letters (id, topic, partition, "offset", error_class)
      values (${id}, ${topic}, 0, ${offset}, 'DecodeError.schema')`,
    isPendingBeside: async (id: string) => {
      const [row] = await sql<[{ pending: boolean }?]>`
        select resolved_at is null as pending from analytics_service_beside.dead_letters where id = ${id}`;
      return row?.pending;
    },
    /** Moves the position of the build. */
    readBeside: (next: number) => sql`
      update analytics_service_beside.consumer_positions set last_sequence = ${next}, next_offset = ${next}`,
    /** One try of the switch. */
    switchOnce: async () => {
      const tried = new AbortController();
      const reasons: string[] = [];
      const onWaiting = (why: string) => {
        reasons.push(why);
        tried.abort();
      };
      const options = { lost: new Set<string>(), signal: tried.signal, onWaiting };
      const done = await switchBeside(operator as unknown as Sql, options);
      return done ? 'switched' : reasons.join();
    },
    /** Waits until somebody waits for a lock. */
    someoneWaits: () =>
      eventually(async () => {
        const [row] = await admin`
          select count(*)::int as waiting from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        expect(row?.waiting).toBeGreaterThan(0);
      }, patience),
  };
});

test('a migration that commits while the switch waits for its lock is kept: the switch is refused', async ({
  built: { sql, readBeside, switchOnce, someoneWaits },
}) => {
  await readBeside(10);
  let switched: Promise<unknown> | undefined;
  await sql.begin(async (tx) => {
    await tx`alter table counts add column note text`;
    await tx`insert into schema_migrations (name, checksum) values ('9999_note.sql', '')`;
    switched = switchOnce().catch((error: Error) => error.message);
    await someoneWaits();
  });
  // Where the migration took longer than a try waits, the next try is refused.
  const first = await switched;
  const outcome =
    first === 'somebody reads a table for long'
      ? await switchOnce().catch((error: Error) => error.message)
      : first;
  expect(outcome).toContain('have the structure of an older schema');
  expect(await sql`select note from counts`).toEqual([]);
});

test('what the service refuses has its right beside, unless the build has applied it before', async ({
  built: { sql, refuse, readBeside, isPendingBeside, someoneWaits },
}) => {
  await readBeside(7);
  await refuse('before', 6);
  await refuse('behind', 7);
  expect(await isPendingBeside('before')).toBe(false);
  expect(await isPendingBeside('behind')).toBe(true);

  let refused: PromiseLike<unknown> | undefined;
  await sql.begin(async (tx) => {
    await tx`update analytics_service_beside.consumer_positions set next_offset = 9`;
    refused = refuse('meanwhile', 8).then(() => undefined);
    await someoneWaits();
  });
  await refused;
  expect(await isPendingBeside('meanwhile')).toBe(false);
});

test('a service goes on refusing when the second set has lost its tables, and a later build begins', async ({
  built: { db, sql, admin, operator, refuse, isPendingBeside },
}) => {
  await sql`alter table dead_letters add column note text`;
  await refuse('of a newer schema', 5);
  expect(await isPendingBeside('of a newer schema')).toBe(true);

  await admin`drop schema analytics_service_beside cascade`;
  await refuse('alone', 6);
  expect(await sql`select from dead_letters`).toHaveLength(2);

  await admin`create schema analytics_service_beside authorization analytics_service`;
  await beginBeside(db, undefined, settings);
  expect(await isPendingBeside('alone')).toBe(true);
  await dropBeside(operator);
  expect(await sql`select from pg_trigger where tgname = 'copied_beside'`).toEqual([]);
});

test('deleting a build that somebody reads fails soon, and a service refuses meanwhile', async ({
  built: { admin, operator, refuse, isPendingBeside },
}) => {
  await admin.begin(async (reader) => {
    await reader`select from analytics_service_beside.counts`;
    const dropped = dropBeside(operator).then(
      () => 'dropped',
      (error: Error) => error.message,
    );
    await refuse('meanwhile', 5);
    expect(await dropped).toContain('lock timeout');
  });
  expect(await isPendingBeside('meanwhile')).toBe(true);
  await dropBeside(operator);
});

test('tells in which settings a build differs from the service, and goes on with it under its own alone', async ({
  built: { db, operator },
}) => {
  await saveSettings(db, { HALF_LIFE_DAYS: 3, SHOP_CURRENCY: 'EUR' });
  expect(await readOtherSettings(operator)).toEqual([
    'EXPERIMENTS: none in use, "[]" beside',
    'HALF_LIFE_DAYS: 3 in use, 7 beside',
    'SHOP_CURRENCY: "EUR" in use, none beside',
  ]);
  await expect(beginBeside(db, undefined, { HALF_LIFE_DAYS: 3 })).rejects.toThrow('with other settings');
  await saveSettings(db, settings);
  expect(await readOtherSettings(operator)).toEqual([]);
});

test('a dead letter sent again that the service applied and the build refuses is sent, and no other', async ({
  built: { db, sql, refuse },
}) => {
  await refuse('applied when sent again', 3);
  await refuse('pending', 4);
  await sql`update dead_letters set resolved_at = now() where id = 'applied when sent again'`;
  await sql`
    insert into consumer_positions (source, topic, partition, next_offset)
    values ('souk://user', ${retryTopic(topic, 'analytics')}, 0, 10)`;
  const refused = (id: string, from: string, offset: number) =>
    ({ id, message: { topic: from, partition: 0, offset } }) as Rejected;
  const sentAgain = refused('applied when sent again', retryTopic(topic, 'analytics'), 1);
  const neverRefused = refused('never refused', topic, 5);
  const unsent = await notSentBy(db, 'analytics_service', [
    refused('applied when sent again', topic, 3),
    sentAgain,
    refused('pending', topic, 4),
    neverRefused,
  ]);
  expect(unsent).toEqual([sentAgain, neverRefused]);
});

test('the switch locks nothing while the build is far behind, or nobody goes on with it', async ({
  built: { sql, url, switchOnce },
}) => {
  const builder = postgres(url, { max: 1, connection: { application_name: 'souk-test-beside' } });
  await sql.begin(async (tx) => {
    // Whoever wanted to lock the table would have to wait for this.
    await tx`update consumer_positions set updated_at = now()`;
    expect(await switchOnce()).toContain('no process goes on with them');
  });
  await builder`select`;
  await sql`update consumer_positions set last_sequence = 5000, next_offset = 5000`;
  await sql.begin(async (tx) => {
    await tx`update consumer_positions set updated_at = now()`;
    expect(await switchOnce()).toBe('the tables built beside have not caught up');
    await builder`update analytics_service_beside.consumer_positions set last_sequence = 4500, next_offset = 4500`;
    expect(await switchOnce()).toBe('somebody reads a table for long');
  });
  await builder.end();
});

test('a switch to a build that is gone ends with one line', async ({ built: { operator, switchOnce } }) => {
  await dropBeside(operator);
  await expect(switchOnce()).rejects.toThrow('what was built beside is gone');
});

test('a build as of a time has no event that is later, and still erases who was deleted since', async ({
  built: { db },
}) => {
  const applied: string[] = [];
  const subscription = projection(userUpdates, async (_, events) => {
    applied.push(...events.map(({ type }) => type));
  });
  const [userId, then, since] = [randomUUID(), '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'];
  const state = { user_id: userId, cart: [], created_at: then, updated_at: then };
  const event = (sequence: number, type: EventType<typeof userUpdates>, time: string, data: object) =>
    receivedFrom(
      {
        topic,
        ...encodeEvent(userUpdates.source, {
          ...{ id: randomUUID(), sequence: String(sequence), type, key: userId, time },
          data: JSON.stringify({ user_id: userId, version: sequence, ...data }),
        }),
      },
      sequence,
    );
  const beside = {
    ...{ group: 'analytics-beside', asOf: new Date(then), generation: () => '', onEnded: () => undefined },
    toSend: async () => [],
  };
  await applyBatch(
    { db, group: 'analytics', subscription, beside, sendDeadLetters: async () => undefined },
    [
      event(11, 'user.registered.v1', then, state),
      event(12, 'user.updated.v1', since, state),
      event(13, 'user.deleted.v1', since, { deleted_at: since }),
    ],
    1,
  );
  expect(applied).toEqual(['user.registered.v1', 'user.deleted.v1']);
});

test('a build is refused that would not have what an operator has made of a table', async ({
  built: { db, sql, operator },
}) => {
  await dropBeside(operator);
  await sql`create view report as select events from counts`;
  await sql`grant select (id) on counts to public`;
  await expect(beginBeside(db, undefined, settings)).rejects.toThrow(
    'would be without these: a view of counts, rights on columns of counts',
  );
});

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { eventually } from '@souk/testing/eventually.ts';
import postgres from 'postgres';
import { describe, expect } from 'vitest';
import { createMetrics } from '../metrics.ts';
import type { Sql } from '../postgres/database.ts';
import { migrate } from '../postgres/migrate.ts';
import { silent } from '../testing/ledger.ts';
import { relayingTest as test } from '../testing/relaying.ts';
import { eventRows } from './event-rows.ts';
import { readDecided, readFence } from './fence.ts';
import { maintainOutboxPartitions } from './outbox-partitions.ts';
import { readEvents } from './outbox-store.ts';

/** What Postgres decides: `relay.integration.test.ts` has what Kafka does, and runs on a real one as well. */
describe('the outbox relay', () => {
  test('waits for a transaction that took its number early and commits late', async ({
    relaying: { ledger, startRelay, published, expectAllPublished },
  }) => {
    startRelay();
    const id = await ledger.add();
    await expectAllPublished();
    const holding = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const slow = ledger.db.sql.begin(async (tx) => {
      await ledger.touch(id, tx as never);
      written.resolve();
      await holding.promise;
    });
    await written.promise;
    const other = await ledger.add();
    await sleep(300); // Long enough for several polls: the later number must still not be out.
    expect((await published()).map(({ key }) => key)).not.toContain(other);
    holding.resolve();
    await slow;
    await expectAllPublished();
    expect((await published()).map(({ sequence }) => sequence).sort()).toEqual([1, 2, 3]);
  });

  test('reads nothing above the fence, although it can be seen', async ({ relaying: { ledger } }) => {
    await ledger.add();
    const fence = await readFence(ledger.db.sql, AbortSignal.timeout(60_000));
    await ledger.add();
    const events = await readEvents(ledger.db.sql, { after: 0, fence, limit: 10 });
    expect(events.map(({ sequence }) => sequence)).toEqual(['1']);
  });

  test('reads up to a number that is missing, and behind it once that was aborted', async ({
    relaying: { ledger },
  }) => {
    const read = async (after: number) => {
      const { events, ...decided } = await readDecided(ledger.db.sql, {
        ...{ after, limit: 10 },
        signal: AbortSignal.timeout(60_000),
      });
      return { ...decided, numbers: events.map(({ sequence }) => Number(sequence)) };
    };
    await ledger.add();
    await ledger.add();
    const aborting = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const slow = ledger.db.sql.begin(async (tx) => {
      await ledger.add(tx as never);
      written.resolve();
      await aborting.promise;
      throw new Error('changed my mind');
    });
    await written.promise;
    await ledger.add();
    expect(await read(0)).toEqual({ upTo: 2, numbers: [1, 2], isCut: true });

    aborting.resolve();
    await expect(slow).rejects.toThrow('changed my mind');
    expect(await read(2)).toEqual({ upTo: 4, numbers: [4], isCut: false });
    expect(await read(4)).toEqual({ upTo: 4, numbers: [], isCut: false });
  });

  test('refuses a sequence that is behind what is published, and says what to do', async ({
    relaying: { ledger },
  }) => {
    await ledger.add();
    await ledger.add();
    await ledger.db.sql`select setval('outbox_id_seq', 1)`;
    const reading = readDecided(ledger.db.sql, { after: 2, limit: 10, signal: AbortSignal.timeout(60_000) });
    await expect(reading).rejects.toThrow('outbox_id_seq is at 1, and 2 is published');
  });

  test('publishes more than a batch behind numbers that were never committed', async ({
    relaying: { ledger, startRelay, published, expectAllPublished },
  }) => {
    const { sql } = ledger.db;
    for (let n = 0; n < 3; n++) await ledger.add();
    await sql`select nextval('outbox_id_seq') from generate_series(1, 5)`;
    await sql`
      insert into outbox (event_id, type, key, data)
      select gen_random_uuid(), type, key, data from outbox cross join generate_series(1, 800) where id <= 3`;
    startRelay();
    await expectAllPublished();
    const numbers = (await published()).map(({ sequence }) => sequence).sort((a, b) => a - b);
    expect(numbers).toEqual([1, 2, 3, ...Array.from({ length: 2_400 }, (_, n) => 9 + n)]);
  });

  test('publishes on while a migration takes long, and waits for one that writes events itself', async ({
    relaying: { ledger, startRelay, published, expectAllPublished },
  }) => {
    const folder = await mkdtemp(join(tmpdir(), 'souk-migrations-'));
    const admin = postgres(ledger.database.superuserUrl, { max: 1 });
    const holdMigration = (key: number) => admin`select pg_advisory_lock(${key})`;
    const letMigrationEnd = (key: number) => admin`select pg_advisory_unlock(${key})`;
    const migrationWaits = () =>
      eventually(async () => {
        const waiting = await admin`
          select pid from pg_locks where locktype = 'advisory' and not granted
            and database = (select oid from pg_database where datname = current_database())`;
        expect(waiting).toHaveLength(1);
      });
    const write = `insert into outbox (event_id, type, key, data) select gen_random_uuid(), type, key, data from outbox limit 1`;
    await writeFile(
      join(folder, '0001_long.sql'),
      'create table t (id int); select pg_advisory_xact_lock(1)',
    );
    await writeFile(join(folder, '0002_writing.sql'), `${write}; select pg_advisory_xact_lock(2)`);
    await Promise.all([1, 2].map(holdMigration));
    startRelay();
    await ledger.add();
    await expectAllPublished();

    const migrated = migrate(ledger.db, [pathToFileURL(`${folder}/`)], silent, createMetrics('migrating'));
    await migrationWaits();
    await ledger.add();
    await expectAllPublished();

    await letMigrationEnd(1);
    await migrationWaits();
    const later = await ledger.add();
    const looked = await readFence(ledger.db.sql, AbortSignal.timeout(300)).catch(
      (error: Error) => error.name,
    );
    expect(looked).toBe('AbortError');
    expect((await published()).map(({ key }) => key)).not.toContain(later);
    await letMigrationEnd(2);
    await migrated;
    await expectAllPublished();
    expect((await published()).map(({ sequence }) => sequence).sort()).toEqual([1, 2, 3, 4]);
    await admin.end();
    await rm(folder, { recursive: true });
  });

  test('has one leader among replicas, and another one as soon as it is gone', async ({
    relaying: { ledger, startRelay, expectAllPublished, expectComplete },
  }) => {
    const first = startRelay();
    await eventually(() => expect(first.role()).toBe('leader'));
    const second = startRelay();
    await eventually(() => expect(second.role()).toBe('standby'));
    await first.stop();
    await eventually(() => expect(second.role()).toBe('leader'));
    await ledger.add();
    await expectAllPublished();
    await expectComplete();
  });

  test('loses leadership when Postgres ends its connection, and takes it again', async ({
    relaying: { ledger, startRelay, expectAllPublished, expectComplete },
  }) => {
    const relay = startRelay();
    await eventually(() => expect(relay.role()).toBe('leader'));
    await ledger.db.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name like 'souk:relay:%'`;
    await ledger.add();
    await expectAllPublished();
    await eventually(() => expect(relay.role()).toBe('leader'));
    await expectComplete();
  });

  test('leaves a Postgres that has become read only, and leads again where writes are taken', async ({
    relaying: { ledger, startRelay, expectAllPublished },
  }) => {
    const relay = startRelay();
    await eventually(() => expect(relay.role()).toBe('leader'));
    const admin = postgres(ledger.database.superuserUrl, { max: 1 });
    const name = admin(ledger.database.name);
    await admin`alter database ${name} set default_transaction_read_only = on`;
    const demoted = postgres(ledger.database.url, { max: 1 });
    await expect(readFence(demoted as unknown as Sql, AbortSignal.timeout(60_000))).rejects.toMatchObject({
      code: '25006',
    });
    await admin`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name like 'souk:relay:%'`;
    await eventually(() => expect(relay.role()).toBe('waiting'));
    await expect(relay.check()).rejects.toMatchObject({ code: 'KAFKA' });
    await admin`alter database ${name} reset default_transaction_read_only`;
    await eventually(() => expect(relay.role()).toBe('leader'));
    await ledger.add();
    await expectAllPublished();
    await Promise.all([admin, demoted].map((sql) => sql.end()));
  });

  test('publishes on while somebody holds the table that its daily care needs', async ({
    relaying: { ledger, startRelay, expectAllPublished, expectComplete },
  }) => {
    const backup = Promise.withResolvers<void>();
    const reading = Promise.withResolvers<void>();
    const dump = ledger.db.sql.begin(async (tx) => {
      await tx`lock table outbox in access share mode`;
      reading.resolve();
      await backup.promise;
    });
    await reading.promise;
    startRelay();
    await ledger.add();
    await expectAllPublished();
    backup.resolve();
    await dump;
    await expectComplete();
  });

  test('keeps the days of the outbox apart while the broker is away', async ({
    relaying: { ledger, startRelay, days },
  }) => {
    startRelay({ brokers: '127.0.0.1:1' });
    await eventually(async () => expect(await days()).toHaveLength(5));
    await ledger.add();
    expect(await ledger.db.sql`select id from outbox_default`).toEqual([]);
  });

  test('makes the partitions of days that already have events, and keeps them', async ({
    relaying: { ledger, startRelay, expectAllPublished, expectComplete, days },
  }) => {
    const id = await ledger.add();
    await ledger.touch(id);
    await ledger.db.sql`
      insert into outbox (created_at, event_id, type, key, data)
      select now() - interval '3 days', event_id, type, key, data from outbox`;
    await maintainOutboxPartitions(ledger.db.sql, { now: new Date(), retentionDays: 7 });
    expect(await ledger.db.sql`select id from outbox_default`).toEqual([]);
    expect(await days()).toHaveLength(6);
    await ledger.db.sql`delete from outbox where created_at < now() - interval '1 day'`;
    startRelay();
    await ledger.touch(id);
    await expectAllPublished();
    await expectComplete();
  });

  test('makes the next days, and drops the old ones, although one in between cannot be moved', async ({
    relaying: { ledger, days },
  }) => {
    const { sql } = ledger.db;
    const day = (days: number) => new Date(Date.UTC(2030, 0, 1 + days));
    await maintainOutboxPartitions(sql, { now: day(0), retentionDays: 7 });
    await sql`
      insert into outbox (created_at, event_id, type, key, data)
      values ('2030-01-20T12:00:00Z', gen_random_uuid(), 'user.updated.v1', gen_random_uuid(), '{}')`;
    await sql`create function refuse() returns trigger language plpgsql as 'begin raise exception ''too long''; end'`;
    await sql`create trigger refuse before delete on outbox_default for each row execute function refuse()`;

    const maintained = maintainOutboxPartitions(sql, { now: day(30), retentionDays: 7 });

    await expect(maintained).rejects.toThrow('too long');
    expect((await days()).sort()).toEqual([
      ...['outbox_20300131', 'outbox_20300201', 'outbox_20300202', 'outbox_20300203'],
      'outbox_default',
    ]);
  });

  test('takes a key of any form', async ({ relaying: { ledger } }) => {
    const { sql } = ledger.db;
    const event = { id: randomUUID(), type: 'parcel.sent.v1', key: 'DE/4711-ü', data: {} };
    await sql`
      insert into outbox (event_id, type, key, data, traceparent)
      select event_id, type, key, data, traceparent from ${eventRows(sql, [event])}`;
    expect(await sql`select key from outbox`).toEqual([{ key: event.key }]);
  });

  test('drops whole days after the retention, and only published ones', async ({
    relaying: { ledger, days },
  }) => {
    const { sql } = ledger.db;
    const day = (days: number) => new Date(Date.UTC(2030, 0, 1 + days));
    await maintainOutboxPartitions(sql, { now: day(0), retentionDays: 7 });
    await sql`
      insert into outbox (created_at, event_id, type, key, data)
      values ('2030-01-02T12:00:00Z', gen_random_uuid(), 'user.updated.v1', gen_random_uuid(), '{}')`;
    expect(await sql`select id from outbox_default`).toEqual([]);
    await maintainOutboxPartitions(sql, { now: day(30), retentionDays: 7 });
    expect(await days()).toContain('outbox_20300102');
    expect(await days()).not.toContain('outbox_20300101');
    await sql`update outbox_cursor set last_id = 1`;
    await maintainOutboxPartitions(sql, { now: day(30), retentionDays: 7 });
    expect(await days()).not.toContain('outbox_20300102');
  });
});

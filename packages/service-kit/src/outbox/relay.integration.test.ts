import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sessionUpdates } from '@souk/contracts/session-updates.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { headerOf, readTopic } from '@souk/testing/topic.ts';
import pino from 'pino';
import { describe, expect } from 'vitest';
import { relayingTest as test } from '../testing/relaying.ts';
import { readCursor } from './outbox-store.ts';

/** What Kafka decides. */
describe('the outbox relay', () => {
  test('publishes every committed version, in order, with slow and aborted writers on hot rows', async ({
    relaying: { ledger, startRelay, expectAllPublished, expectComplete },
  }) => {
    startRelay();
    const ids = await Promise.all(Array.from({ length: 5 }, () => ledger.add()));
    const writer = async (seed: number) => {
      for (let turn = 0; turn < 20; turn++) {
        const id = ids[(seed + turn) % ids.length] as string;
        await ledger.db.sql
          .begin(async (tx) => {
            await ledger.touch(id, tx as never);
            if (turn % 5 === 0) await sleep(seed % 7);
            if ((seed + turn) % 6 === 0) throw new Error('changed my mind');
          })
          .catch((error) => expect(error.message).toBe('changed my mind'));
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, seed) => writer(seed)));
    await expectAllPublished();
    await expectComplete();
  });

  test('publishes an event on the side topic that names its type, and the others as always', async ({
    relaying: { ledger, broker, startRelay, published, expectAllPublished, expectComplete },
  }) => {
    startRelay({ sideTopics: [sessionUpdates] });
    const [id, other] = [await ledger.add(), randomUUID()];
    const data = { subject: other, session_id: null, revoked_at: new Date().toISOString() };
    await ledger.db.sql`
      insert into outbox (event_id, type, key, data)
      values (${randomUUID()}, 'session.revoked.v1', ${other}, ${ledger.db.sql.json(data)})`;
    await ledger.touch(id);
    await expectAllPublished();
    await expectComplete();
    const [told, ...more] = await readTopic(broker.brokers, sessionUpdates.name);
    expect([String(told?.key), headerOf(told as never, 'ce_sequence'), more]).toEqual([other, '2', []]);
    expect((await published()).map(({ key }) => key)).toEqual([id, id]);
    expect((await readCursor(ledger.db.sql)).lastId).toBe(3);
  });

  test('publishes what was written while the broker was away', async ({
    relaying: { ledger, broker, startRelay, expectAllPublished, expectComplete },
  }) => {
    startRelay();
    const id = await ledger.add();
    await expectAllPublished();
    broker.pause();
    for (let version = 0; version < 10; version++) await ledger.touch(id);
    broker.resume();
    await expectAllPublished();
    await expectComplete();
  });

  test('publishes the retained outbox again, in order, to a broker that lost its log', async ({
    relaying: { ledger, broker, startRelay, published, withoutRepeats, expectAllPublished, expectComplete },
  }) => {
    startRelay();
    const ids = await Promise.all(Array.from({ length: 5 }, () => ledger.add()));
    for (const id of ids) await ledger.touch(id);
    await expectAllPublished();
    await broker.stop();
    for (const id of ids) await ledger.touch(id);
    await broker.start();
    await eventually(async () => expect(withoutRepeats(await published())).toHaveLength(15));
    await expectComplete();
  });

  test('sends nothing of a broken session ahead of what its broker lost, however long it waited', async ({
    relaying: { ledger, broker, startRelay, published, withoutRepeats, expectAllPublished, expectComplete },
  }) => {
    const relay = startRelay();
    const ids = await Promise.all(Array.from({ length: 8 }, () => ledger.add()));
    await expectAllPublished();
    const holding = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const slow = ledger.db.sql.begin(async (tx) => {
      await ledger.touch(ids[0] as string, tx as never);
      written.resolve();
      await holding.promise;
    });
    await written.promise;
    for (const id of ids.slice(1)) await ledger.touch(id);
    await broker.stop();
    await eventually(() => expect(relay.role()).toBe('waiting'));
    await broker.start();
    holding.resolve();
    await slow;
    await eventually(async () => expect(withoutRepeats(await published())).toHaveLength(16));
    await expectComplete();
  });

  test('sends nothing to a topic with other partitions than the numbers of the consumers are kept by', async ({
    relaying: { ledger, startRelay, published, expectAllPublished, expectComplete },
  }) => {
    await ledger.add();
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
    const relay = startRelay({ topic: { ...userUpdates, partitions: 3 }, log });
    await eventually(() => expect(lines.join('')).toContain('user-updates has 4 partitions, not 3'));
    expect(relay.role()).toBe('waiting');
    expect(await published()).toEqual([]);
    await relay.stop();
    startRelay();
    await expectAllPublished();
    await expectComplete();
  });
});

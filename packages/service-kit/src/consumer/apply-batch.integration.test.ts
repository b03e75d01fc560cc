import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { retryTopic } from '@souk/contracts/topic.ts';
import { describe, expect } from 'vitest';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { OutgoingMessage } from '../kafka/producer.ts';
import { watchTables } from '../projection/known-tables.ts';
import { type Counting, countingGroup, countingProjection, countingTest } from '../testing/counting.ts';
import { receivedFrom } from '../testing/received.ts';
import { type ApplyOptions, applyBatch } from './apply-batch.ts';

const test = countingTest;

/** One good event, and one that cannot be read behind it. */
const batchOf = (counting: Counting) => [
  receivedFrom(counting.event(randomUUID(), 1), 0),
  receivedFrom({ ...counting.event(randomUUID(), 2), value: Buffer.from('{') }, 1),
];

const apply = (
  counting: Counting,
  messages: ReceivedMessage[],
  send: (sent: OutgoingMessage[]) => Promise<void>,
  options: Partial<ApplyOptions> = {},
) =>
  applyBatch(
    {
      ...{ db: counting.db, group: countingGroup, subscription: countingProjection, sendDeadLetters: send },
      ...options,
    },
    messages,
    1,
  );

const positions = async ({ db }: Counting) =>
  (await db.sql`select last_sequence as last, next_offset as next from consumer_positions`).map((row) => ({
    ...row,
  }));

describe.concurrent('a batch with a message that is refused', () => {
  test('moves nothing before the dead letter is sent, and fails as Kafka does, not as Postgres', async ({
    counting,
  }) => {
    const messages = batchOf(counting);
    await expect(
      apply(counting, messages, async () => {
        throw Object.assign(new Error('no broker'), { code: 'KAFKA' });
      }),
    ).rejects.toMatchObject({ code: 'KAFKA' });

    expect((await counting.counted()).size).toBe(0);
    expect(await positions(counting)).toEqual([{ last: 0, next: null }]);
    expect(await counting.counter('db_query_errors_total')).toBe(0);

    const sent: OutgoingMessage[] = [];
    const applied = await apply(counting, messages, async (deadLetters) => void sent.push(...deadLetters));
    expect(applied).toMatchObject({ applied: 1, repeated: 0, rejected: [{}] });
    expect(sent).toHaveLength(1);
    expect(await positions(counting)).toEqual([{ last: 1, next: 2 }]);
  });

  test('locks nothing while Kafka is asked', async ({ counting }) => {
    const { db } = counting;
    await apply(counting, [receivedFrom(counting.event(randomUUID(), 1), 0)], async () => undefined);
    await db.sql`truncate counts`;
    await db.sql`update consumer_positions set last_sequence = 0, next_offset = null`;
    let locked = false;
    await apply(counting, batchOf(counting), async () => {
      await db.sql`select from consumer_positions for update nowait`;
      await db.sql`select from dead_letters for update nowait`;
      locked = true;
    });
    expect(locked).toBe(true);
    expect((await counting.counted()).size).toBe(1);
  });

  test('counts what it applied once when the process ends between the sending and the commit', async ({
    counting,
  }) => {
    const messages = batchOf(counting);
    const sent: OutgoingMessage[] = [];
    const crash = apply(counting, messages, async (deadLetters) => {
      sent.push(...deadLetters);
      throw new Error('the process ends here');
    });
    await expect(crash).rejects.toThrow('the process ends here');

    const applied = await apply(counting, messages, async (deadLetters) => void sent.push(...deadLetters));
    expect(applied).toMatchObject({ applied: 1, rejected: [{}] });
    expect(await apply(counting, messages, async () => expect.unreachable())).toMatchObject({
      ...{ applied: 0, repeated: 2, rejected: [] },
    });
    expect(new Set(sent.map(({ headers }) => headers['__souk.errors.id'])).size).toBe(1);
    expect((await counting.counted()).size).toBe(1);
  });

  test('counts it once when a newer build applies it at that moment, also when it is sent again', async ({
    counting,
  }) => {
    const { db } = counting;
    const user = randomUUID();
    const event = counting.event(user, 1);
    const newer = () => apply(counting, [receivedFrom(event, 0)], async () => expect.unreachable());
    let came: Promise<unknown> | undefined;
    const transaction: typeof db.transaction = (operation, work) =>
      db.transaction(operation, work).finally(() => {
        came ??= newer();
        return came;
      });
    const sent: OutgoingMessage[] = [];
    const send = async (deadLetters: OutgoingMessage[]) => void sent.push(...deadLetters);
    const unreadable = receivedFrom({ ...event, value: Buffer.from('{') }, 0);
    await apply(counting, [unreadable], send, { db: { ...db, transaction } });

    const replay = { ...(sent[0] as OutgoingMessage), topic: retryTopic(event.topic, countingGroup) };
    await apply(counting, [receivedFrom({ ...replay, value: event.value }, 0)], send, { replayed: true });
    expect(await counting.counted()).toEqual(new Map([[user, 1]]));
  });
});

describe.concurrent('a batch', () => {
  const send = async () => expect.unreachable();

  test('changes the tables and the position, or neither', async ({ counting }) => {
    const { sql } = counting.db;
    const messages = [receivedFrom(counting.event(randomUUID(), 1), 0)];
    await sql.unsafe(`
      create function fail() returns trigger language plpgsql as $$ begin raise exception 'out of order'; end $$;
      create trigger fail before update of last_sequence on consumer_positions for each row execute function fail()`);
    await expect(apply(counting, messages, send)).rejects.toThrow('out of order');
    expect((await counting.counted()).size).toBe(0);

    await sql`drop trigger fail on consumer_positions`;
    expect(await apply(counting, messages, send)).toMatchObject({ applied: 1 });
  });

  test('that was read before the tables were cleared is not applied', async ({ counting }) => {
    await counting.db.sql`update projection_generation set generation = generation + 1`;
    const messages = [receivedFrom(counting.event(randomUUID(), 1), 0)];
    await expect(
      apply(counting, messages, send, { known: { generation: '0', reached: new Map() } }),
    ).rejects.toMatchObject({
      code: 'projection_cleared',
    });
    expect((await counting.counted()).size).toBe(0);
  });

  test('that was read before Postgres came back with earlier tables is not applied', async ({ counting }) => {
    const { sql } = counting.db;
    const { known } = await watchTables(counting.db);
    const next = () => counting.event(randomUUID(), 1);
    await apply(counting, [receivedFrom(next(), 0)], send, { known });
    const [before] = await sql`select * from consumer_positions`;
    await apply(counting, [receivedFrom(next(), 1)], send, { known });
    await sql`update consumer_positions set last_sequence = ${before?.last_sequence}`;

    await expect(apply(counting, [receivedFrom(next(), 2)], send, { known })).rejects.toMatchObject({
      code: 'projection_fell_back',
    });
    expect((await counting.counted()).size).toBe(2);
  });
});

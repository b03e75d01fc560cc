import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { ReceivedMessage } from '../kafka/message.ts';
import type { OutgoingMessage } from '../kafka/producer.ts';
import { type Counting, countingGroup, countingProjection, countingTest } from '../testing/counting.ts';
import { applyBatch } from './apply-batch.ts';

const test = countingTest;

const received = ({ key, value, ...message }: OutgoingMessage, offset: number): ReceivedMessage => ({
  ...{
    ...message,
    key: Buffer.from(key ?? ''),
    value,
    partition: 0,
    offset,
    bytes: 0,
    receivedAtMs: Date.now(),
  },
});

/** One good event, and one that cannot be read behind it. */
const batchOf = (counting: Counting) => [
  received(counting.event(randomUUID(), 1), 0),
  received({ ...counting.event(randomUUID(), 2), value: Buffer.from('{') }, 1),
];

const apply = (
  counting: Counting,
  messages: ReceivedMessage[],
  send: (sent: OutgoingMessage[]) => Promise<void>,
) =>
  applyBatch(
    { db: counting.db, group: countingGroup, subscription: countingProjection, sendDeadLetters: send },
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
    expect(await positions(counting)).toEqual([]);
    expect(await counting.counter('db_query_errors_total')).toBe(0);

    const sent: OutgoingMessage[] = [];
    const applied = await apply(counting, messages, async (deadLetters) => void sent.push(...deadLetters));
    expect(applied).toMatchObject({ applied: 1, repeated: 0, rejected: [{}] });
    expect(sent).toHaveLength(1);
    expect(await positions(counting)).toEqual([{ last: 1, next: 2 }]);
  });

  test('locks nothing while Kafka is asked', async ({ counting }) => {
    const { db } = counting;
    await apply(counting, [received(counting.event(randomUUID(), 1), 0)], async () => undefined);
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
});

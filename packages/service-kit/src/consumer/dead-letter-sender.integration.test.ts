import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { deadLetterTopic } from '@souk/contracts/topic.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { describe, expect, test } from 'vitest';
import { producerMetrics } from '../kafka/producer-metrics.ts';
import { createLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { countingGroup, countingTest } from '../testing/counting.ts';
import { openDeadLetterSender } from './dead-letter-sender.ts';

const topic = deadLetterTopic(userUpdates.name, countingGroup);
const within = { timeoutMs: 120_000 };
const traceOf = (digit: string) => ({
  trace_id: digit.repeat(32),
  traceparent: `00-${digit.repeat(32)}-${digit.repeat(16)}-01`,
});

describe.concurrent('what a consumer says of a message it cannot apply', () => {
  countingTest(
    'is logged with the trace of the message, also where nothing is traced',
    async ({ counting }) => {
      const lines: { msg: string; trace_id?: string }[] = [];
      const write = (chunk: unknown, _encoding: unknown, done: () => void) => {
        lines.push(JSON.parse(String(chunk)));
        done();
      };
      const config = { LOG_LEVEL: 'warn', LOG_PRETTY: false };
      counting.start(undefined, undefined, createLogger('counting', config, new Writable({ write })));
      const [late, refused] = [traceOf('1'), traceOf('2')];
      const send = async (version: number, { traceparent }: { traceparent: string }) => {
        const event = counting.event(randomUUID(), version);
        await counting.publish([{ ...event, headers: { ...event.headers, traceparent } }]);
      };
      const said = (msg: string) => lines.find((line) => line.msg.startsWith(msg));

      await counting.db.sql`alter table counts rename to counts_elsewhere`;
      await send(1, late);
      await eventually(
        () => expect(said('cannot apply messages now')).toMatchObject({ trace_id: late.trace_id }),
        within,
      );
      await counting.db.sql`alter table counts_elsewhere rename to counts`;
      await send(5_000, refused);
      await eventually(
        () => expect(said('a message was refused')).toMatchObject({ trace_id: refused.trace_id }),
        within,
      );
    },
  );

  countingTest(
    'is counted as sent to its topic, which has its counters before the first one',
    async ({ counting }) => {
      const sends = ['kafka_messages_sent_total', 'kafka_failed_sends_total'];
      const counts = () => Promise.all(sends.map((name) => counting.counter(name, { topic })));
      counting.start();
      const metric = await counting.metrics.registry.getSingleMetric('kafka_messages_sent_total')?.get();
      expect(metric?.values).toMatchObject([{ labels: { topic }, value: 0 }]);
      await counting.publish([counting.event(randomUUID(), 5_000), counting.event(randomUUID(), 5_000)]);
      await eventually(async () => expect(await counts()).toEqual([2, 0]), within);
      expect(await counting.deadLetters()).toHaveLength(2);
    },
  );
});

test('a dead letter that nobody takes counts as a failed send', async () => {
  const metrics = createMetrics('dead letters');
  const sends = producerMetrics(metrics, [topic]);
  const sender = openDeadLetterSender({ brokers: '127.0.0.1:1', group: 'dead letters', metrics: sends });
  const deadLetter = { topic, key: null, value: null, headers: {} };
  await expect(sender.send([deadLetter, deadLetter])).rejects.toMatchObject({ code: 'KAFKA' });
  await sender.close();
  const text = await metrics.registry.metrics();
  expect(text).toMatch(/kafka_failed_sends_total\{.*\} 2/);
  expect(text).toMatch(/kafka_messages_sent_total\{.*\} 0/);
});

/**
 * The baseline of the relay: publishes so many messages out of memory, as large as its own, with the services' Kafka
 * client, acknowledged by all replicas, and gives the rate.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import kafka from '@confluentinc/kafka-javascript';
import { answerQuestions } from '../stack/worker.ts';

const [brokers = ''] = process.argv.slice(2);
const topic = 'bench-bare';
const fullPollMs = 5;
const { ERR__QUEUE_FULL: queueFull } = kafka.CODES.ERRORS;

const message = (n: number) => {
  const key = randomUUID();
  const occurred_at = new Date().toISOString();
  const activity = {
    event_id: randomUUID(),
    user_id: key,
    type: 'view',
    product_id: randomUUID(),
    quantity: null,
  };
  const headers = {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: randomUUID(),
    ce_source: '/souk/user',
    ce_type: 'user.activity_recorded.v1',
    ce_time: occurred_at,
    ce_sequence: `${n}`,
  };
  return {
    key,
    value: Buffer.from(JSON.stringify({ ...activity, unit_price_minor: null, occurred_at })),
    headers: Object.entries(headers).map(([name, value]) => ({ [name]: value })),
  };
};
/** Taken in turn. */
const messages = Array.from({ length: 1_000 }, (_, n) => message(n));

const producer = new kafka.Producer({
  'bootstrap.servers': brokers,
  acks: -1,
  'enable.idempotence': true,
  'compression.type': 'lz4',
  dr_cb: true,
});
let acknowledged = 0;
let onAcknowledged = (): void => undefined;
producer.on('delivery-report', (error) => {
  if (error) throw error;
  acknowledged += 1;
  onAcknowledged();
});
producer.on('event.error', (error) => {
  throw error;
});

const publish = async (count: number): Promise<number> => {
  const startedAt = performance.now();
  acknowledged = 0;
  const all = new Promise<void>((resolve) => {
    onAcknowledged = () => void (acknowledged === count && resolve());
  });
  for (let n = 0; n < count; ) {
    const { key, value, headers } = messages[n % messages.length] as ReturnType<typeof message>;
    try {
      producer.produce(topic, null, value, key, null, undefined, headers);
      n += 1;
    } catch (error) {
      if ((error as kafka.LibrdKafkaError).code !== queueFull) throw error;
      await sleep(fullPollMs);
    }
  }
  await all;
  return (1_000 * count) / (performance.now() - startedAt);
};

producer.connect({}, (error) => {
  if (error) throw error;
  producer.setPollInBackground(true);
  answerQuestions(publish);
});

import { randomBytes } from 'node:crypto';
import kafka from '@confluentinc/kafka-javascript';
import { expect, test, vi } from 'vitest';
import { startBroker } from './broker.ts';
import { freePort } from './ports.ts';

const deadlineMs = 60_000;

test('carries messages of any size unharmed over several brokers on the given ports', async () => {
  const ports = [await freePort(), await freePort(), await freePort()];
  const broker = await startBroker({ ports, topics: ['parcels'] });
  const settings = { 'bootstrap.servers': broker.brokers, log_level: 0 };
  const producer = new kafka.KafkaJS.Kafka().producer(settings);
  const consumer = new kafka.KafkaJS.Kafka().consumer({
    ...settings,
    'group.id': 'readers',
    'auto.offset.reset': 'earliest',
    'fetch.wait.max.ms': 10,
  });
  // Binary, so that it holds whatever a frame or an address looks like.
  const sent = [1, 1_000, 70_000, 600_000].flatMap((size) =>
    Array.from({ length: 4 }, () => randomBytes(size).toString('base64')),
  );
  const received: string[] = [];

  await producer.connect();
  await producer.send({
    topic: 'parcels',
    messages: sent.map((value, index) => ({ key: `${index}`, value })),
  });
  await consumer.connect();
  await consumer.subscribe({ topic: 'parcels' });
  await consumer.run({ eachMessage: async ({ message }) => void received.push(`${message.value}`) });

  await vi.waitFor(() => expect(received.length).toBe(sent.length), { timeout: deadlineMs });
  expect(received.toSorted()).toEqual(sent.toSorted());
  await Promise.all([producer.disconnect(), consumer.disconnect()]);
  await broker.stop();
});

test('says which port it cannot have', async () => {
  const port = await freePort();
  const first = await startBroker({ ports: [port] });

  await expect(startBroker({ ports: [port] })).rejects.toThrow(
    `EADDRINUSE: address already in use 127.0.0.1:${port}`,
  );

  await first.stop();
});

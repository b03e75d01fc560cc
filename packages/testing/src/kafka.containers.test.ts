import kafka from '@confluentinc/kafka-javascript';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testKafka } from './broker.ts';
import type { TestKafka } from './servers.ts';
import { listTopics, readTopic } from './topic.ts';

const [topic = 'none'] = kafkaTopics.map(({ name }) => name);

describe('a Kafka of its own', () => {
  let broker: TestKafka;
  beforeAll(async () => {
    broker = await testKafka([topic]);
  });
  afterAll(() => broker.stop());

  const send = async (value: string) => {
    const producer = new kafka.KafkaJS.Kafka().producer({
      'bootstrap.servers': broker.brokers,
      acks: -1,
      log_level: 0,
    });
    await producer.connect();
    await producer.send({ topic, messages: [{ value, partition: 0 }] });
    await producer.disconnect();
  };
  const values = async () => (await readTopic(broker.brokers, topic)).map(({ value }) => value?.toString());

  test('comes back after a crash with its log, at the same address', async () => {
    await send('before');

    await broker.stopKeepingLog('SIGKILL');
    await broker.startWithLog();
    await send('after');

    expect(await values()).toEqual(['before', 'after']);
  });

  test('comes back empty after it was stopped', async () => {
    await send('lost');

    await broker.restart();

    expect(await listTopics(broker.brokers)).toEqual([topic]);
    expect(await values()).toEqual([]);
  });
});

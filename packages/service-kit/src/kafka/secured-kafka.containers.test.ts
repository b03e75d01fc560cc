import { testCertificates } from '@souk/testing/certificates.ts';
import { type TestSecuredKafka, testSecuredKafka } from '@souk/testing/secured-kafka.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readKafkaAddress } from '../config/encryption.ts';
import { openConsumerClient } from './consumer-client.ts';
import { readLogs } from './log-reader.ts';
import { openProducer } from './producer.ts';
import { openSender } from './sender.ts';

describe('a Kafka that takes clients under TLS alone, with their passwords', () => {
  let kafka: TestSecuredKafka;
  beforeAll(async () => {
    kafka = await testSecuredKafka([], ['parcels']);
  });
  afterAll(() => kafka?.stop());

  const connect = (env: Record<string, string>) =>
    openProducer({ brokers: readKafkaAddress({ ...kafka.env('admin'), ...env }), clientId: 'test' });

  test('is written to and read by every client', async () => {
    const brokers = readKafkaAddress(kafka.env('admin'));
    const sender = await openSender(brokers);
    await sender.send('parcels', [{ key: 'a', value: 'one' }]);
    await sender.close();

    const values: string[] = [];
    await readLogs(
      brokers,
      (topic) => topic === 'parcels',
      ({ value }) => void values.push(`${value}`),
    );
    const timing = { fetchWaitMaxMs: 30, sessionTimeoutMs: 6_000 };
    const consumer = await openConsumerClient(
      { brokers, group: 'test', topics: ['parcels'], ...timing },
      async (partitions) => partitions,
    );
    while (values.length < 2) {
      await consumer.followRebalances();
      for (const { value } of await consumer.read(10)) values.push(`${value}`);
    }
    await consumer.close();
    expect(values).toEqual(['one', 'one']);
  });

  test('refuses a wrong password, and the error says so', async () => {
    await expect(connect({ KAFKA_SASL_PASSWORD: 'wrong' })).rejects.toMatchObject({
      code: 'KAFKA',
      refusal: expect.stringContaining('SASL authentication error'),
      message: expect.not.stringContaining('wrong'),
    });
    await expect(
      openSender(readKafkaAddress({ ...kafka.env('admin'), KAFKA_SASL_USERNAME: 'nobody' })),
    ).rejects.toThrow(`no Kafka broker answers at ${kafka.brokers}: SASL authentication error`);
  });

  test('is refused where its certificate is not trusted or names another host, and the error says so', async () => {
    const stranger = testCertificates([]);
    const handshake = { code: 'KAFKA', refusal: expect.stringContaining('certificate verify failed') };
    await expect(connect({ KAFKA_SSL_CA: stranger.text('ca.pem') })).rejects.toMatchObject(handshake);
    const elsewhere = kafka.brokers.replace('localhost', '127.0.0.1');
    await expect(connect({ KAFKA_BROKERS: elsewhere })).rejects.toMatchObject(handshake);
    stranger.remove();
  });

  test('takes no client in plain text', async () => {
    await expect(openProducer({ brokers: kafka.brokers, clientId: 'test' })).rejects.toMatchObject({
      code: 'KAFKA',
    });
  });
});

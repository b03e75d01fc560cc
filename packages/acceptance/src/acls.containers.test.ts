import { serviceNames, services } from '@souk/contracts/services.ts';
import { documentTopics, kafkaTopics, topics } from '@souk/contracts/topics.ts';
import { openRevocations } from '@souk/service-kit/access/revocations.ts';
import { readKafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { openConsumerClient } from '@souk/service-kit/kafka/consumer-client.ts';
import { readLogs } from '@souk/service-kit/kafka/log-reader.ts';
import { openProducer } from '@souk/service-kit/kafka/producer.ts';
import { createLogger } from '@souk/service-kit/log.ts';
import { type TestSecuredKafka, testSecuredKafka } from '@souk/testing/secured-kafka.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runSouk } from './run-souk.ts';

const log = createLogger('test', { LOG_LEVEL: 'silent', LOG_PRETTY: false });
const allTopics = kafkaTopics.map(({ name }) => name);
const users = [...serviceNames, ...documentTopics.map(({ name }) => name), 'souk', 'stranger'];

// The in-memory broker knows no users.
describe('souk topics acls', () => {
  let kafka: TestSecuredKafka;
  beforeAll(async () => {
    kafka = await testSecuredKafka(users, allTopics);
    const { code, output } = await runSouk(['topics', 'acls', '--apply'], kafka.env('admin'));
    expect([code, output]).toEqual([0, expect.stringMatching(/^(\d+) ACLs: \1 created, 0 other writers$/m)]);
  });
  afterAll(() => kafka?.stop());

  const write = async (user: string, topic: string): Promise<'written' | 'refused'> => {
    const session = await openProducer({
      brokers: readKafkaAddress(kafka.env(user)),
      clientId: user,
      idempotent: false,
    });
    try {
      await session.publish([{ topic, key: 'a', value: Buffer.from('{}'), headers: {} }]);
      return 'written';
    } catch (error) {
      expect(`${error}`).toMatch(/authoriz/i);
      return 'refused';
    } finally {
      await session.close();
    }
  };

  test('let the owner of a topic write it, and nobody else', async () => {
    for (const { name, owner } of topics) {
      const writers = [];
      for (const user of users) if ((await write(user, name)) === 'written') writers.push(user);
      expect([name, writers]).toEqual([name, [owner]]);
    }
  });

  test('let outside systems write their documents, and each consumer its own dead letters', async () => {
    expect(await write('orders', 'orders')).toBe('written');
    expect(await write('user', 'orders')).toBe('refused');
    expect(await write('product', 'orders.product.dlq')).toBe('written');
    expect(await write('analytics', 'orders.product.dlq')).toBe('refused');
    expect(await write('souk', 'orders.product.retry')).toBe('written');
  });

  test('let a consumer read what it consumes in its own group, and not in that of another', async () => {
    const read = async (user: string, group: string) => {
      const client = await openConsumerClient(
        {
          brokers: readKafkaAddress(kafka.env(user)),
          group,
          topics: services.analytics.consumes,
          fetchWaitMaxMs: 10,
          sessionTimeoutMs: 6_000,
        },
        async (partitions) => partitions,
      );
      try {
        for (;;) {
          await client.followRebalances();
          if ((await client.read(10)).length > 0) return 'read';
        }
      } catch (error) {
        return /authoriz/i.test(`${error}`) ? 'refused' : `${error}`;
      } finally {
        await client.close();
      }
    };
    expect(await read('analytics', 'analytics')).toBe('read');
    expect(await read('stranger', 'analytics')).toBe('refused');
  });

  test('let every service hear whose tokens are revoked, and the command read every log', async () => {
    for (const user of serviceNames) {
      const brokers = readKafkaAddress(kafka.env(user));
      const revocations = openRevocations({ brokers, fetchWaitMaxMs: 30, log });
      await revocations.connect(new AbortController().signal);
      await expect(revocations.check()).resolves.toBeUndefined();
      await revocations.stop();
    }
    const read = new Set<string>();
    await readLogs(
      readKafkaAddress(kafka.env('souk')),
      () => true,
      ({ topic }) => void read.add(topic),
    );
    expect([...read]).toEqual(expect.arrayContaining(['user-updates', 'orders.product.dlq']));
  });

  test('change nothing when they are applied again, and name another writer', async () => {
    await kafka.letWrite('User:stranger', 'user-');
    const { code, output } = await runSouk(['topics', 'acls', '--apply'], kafka.env('admin'));
    expect(code).toBe(1);
    expect(output).toContain('not from the contracts, and left: User:stranger WRITE topic user-…');
    expect(output).toMatch(/^\d+ ACLs: 0 created, 1 other writers$/m);
  });

  test('are refused to whoever is no administrator', async () => {
    const { code, output } = await runSouk(['topics', 'acls', '--apply'], kafka.env('user'));
    expect([code, output]).toEqual([1, expect.stringMatching(/does not take the ACLs: .*authoriz/i)]);
  });
});

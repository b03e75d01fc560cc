import { Admin, ConfigResourceTypes } from '@platformatic/kafka';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import { testKafka } from '@souk/testing/broker.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestKafka } from '@souk/testing/servers.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runSouk } from './run-souk.ts';

const drifted = 'user-updates';
const retentionMs = 86_400_000;

// On containers only: the in-memory broker has no settings of a topic.
describe('souk topics apply', () => {
  let broker: TestKafka;
  let admin: Admin;

  beforeAll(async () => {
    broker = await testKafka([]);
    admin = new Admin({ clientId: 'tests', bootstrapBrokers: [broker.brokers] });
    const contract = kafkaTopics.find(({ name }) => name === drifted);
    const configs = [
      { name: 'retention.ms', value: String(retentionMs) },
      { name: 'max.message.bytes', value: String(contract?.messageBytesMax) },
    ];
    await admin.createTopics({ topics: [drifted], partitions: 2, replicas: 1, configs });
  });
  afterAll(async () => {
    await admin?.close();
    await broker?.stop();
  });

  const apply = (...options: string[]) =>
    runSouk([
      ...['topics', 'apply', '--brokers', broker.brokers, '--replication', '1', '--min-insync', '1'],
      ...options,
    ]);
  /** Of every topic: its partitions and everything that can be set. */
  const settings = async () => {
    const names = (await admin.listTopics()).toSorted();
    const metadata = await admin.metadata({ topics: names, forceUpdate: true });
    const described = await admin.describeConfigs({
      resources: names.map((resourceName) => ({ resourceType: ConfigResourceTypes.TOPIC, resourceName })),
    });
    return described.map(({ resourceName, configs }) => ({
      name: resourceName,
      partitions: metadata.topics.get(resourceName)?.partitions.length,
      configs: Object.fromEntries(configs.map(({ name, value }) => [name, value])),
    }));
  };
  const differences = [
    `differs  ${drifted}: partitions is 2, the contracts want 4`,
    `differs  ${drifted}: retention.ms is ${retentionMs}, the contracts want -1`,
  ];
  const linesOf = (output: string) =>
    output.split('\n').filter((line) => /^(created|missing|differs|\d+ topics)/.test(line));

  test('--check creates nothing, and fails for what is missing or differs', async () => {
    const before = await settings();
    const { code, output } = await apply('--check');
    expect(code).toBe(1);
    expect(linesOf(output)).toEqual([
      ...kafkaTopics.filter(({ name }) => name !== drifted).map(({ name }) => `missing  ${name}`),
      ...differences,
      expect.stringContaining(': 0 created'),
    ]);
    expect(await settings()).toEqual(before);
  });

  test('creates what is missing as the contracts want it, and reports what differs without changing it', async () => {
    const before = await settings();
    const { code, output } = await apply();
    expect(code).toBe(0);
    expect(linesOf(output)).toEqual([
      ...kafkaTopics.filter(({ name }) => name !== drifted).map(({ name }) => `created  ${name}`),
      ...differences,
      expect.stringContaining(`: ${kafkaTopics.length - 1} created, 2 differences left as they are`),
    ]);
    // The broker hears of new topics a moment after they are created.
    const after = await eventually(async () => {
      const present = await settings();
      expect(present.map(({ name }) => name)).toEqual(kafkaTopics.map(({ name }) => name).toSorted());
      return present;
    });
    expect(after.filter(({ name }) => name === drifted)).toEqual(before);
    for (const { name, partitions, retentionMs, messageBytesMax } of kafkaTopics)
      if (name !== drifted)
        expect(after.find((topic) => topic.name === name)).toMatchObject({
          partitions,
          configs: {
            'retention.ms': String(retentionMs),
            'max.message.bytes': String(messageBytesMax),
            'cleanup.policy': 'delete',
          },
        });
  });

  test('changes nothing when it is applied again', async () => {
    const before = await settings();
    const { code, output } = await apply();
    expect(code).toBe(0);
    expect(linesOf(output)).toEqual([
      ...differences,
      expect.stringContaining(': 0 created, 2 differences left as they are'),
    ]);
    expect(await settings()).toEqual(before);
  });
});

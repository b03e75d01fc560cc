import { Admin, ConfigResourceTypes } from '@platformatic/kafka';
import type { KafkaTopic } from '@souk/contracts/topics.ts';
import { brokersOf, type KafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { adminSettings, reasonOf } from './admin-settings.ts';

export interface ApplyTopicsOptions {
  brokers: KafkaAddress;
  topics: readonly KafkaTopic[];
  /** Copies of every partition. */
  replication: number;
  /** Copies that must have a message before it is acknowledged. */
  minInsync: number;
  /** Look only: nothing is created. */
  check?: boolean;
}

/** One setting that is not as the contracts want it. `present` is undefined for a topic that is not there. */
export interface Drift {
  topic: string;
  setting: string;
  wanted: string;
  present: string | undefined;
}

export interface ApplyTopicsResult {
  created: string[];
  drift: Drift[];
}

const timeoutMs = 15_000;

/**
 * Creates the topics that are missing, and names what of the others is not as wanted. Nothing that is there is
 * changed: fewer partitions cannot be had, more of them move keys, and a shorter retention deletes. Running it
 * again, or twice at once, does no harm. Rejects with an Error for the user when no broker answers.
 */
export const applyTopics = async (options: ApplyTopicsOptions): Promise<ApplyTopicsResult> => {
  const { topics, check = false } = options;
  const admin = new Admin({
    clientId: 'souk-topics',
    ...adminSettings(options.brokers),
    timeout: timeoutMs,
    connectTimeout: timeoutMs,
  });
  try {
    const listed = await admin.listTopics().catch((error: unknown) => {
      throw new Error(`no Kafka broker answers at ${brokersOf(options.brokers)}`, { cause: error });
    });
    const present = new Set(listed);
    const missing = topics.filter(({ name }) => !present.has(name));
    if (!check && missing.length > 0) await requireBrokers(admin, options);
    if (!check) for (const topic of missing) await create(admin, topic, options);
    const existing = topics.filter(({ name }) => present.has(name));
    const drift = existing.length === 0 ? [] : await readDrift(admin, existing, options);
    const absent = check
      ? missing.map(({ name }) => ({ topic: name, setting: 'topic', wanted: 'present', present: undefined }))
      : [];
    return { created: check ? [] : missing.map(({ name }) => name), drift: [...absent, ...drift] };
  } finally {
    await admin.close();
  }
};

const settingsOf = (topic: KafkaTopic, { minInsync }: ApplyTopicsOptions): Record<string, string> => ({
  'cleanup.policy': 'delete',
  'retention.ms': String(topic.retentionMs),
  'retention.bytes': '-1',
  'min.insync.replicas': String(minInsync),
  'max.message.bytes': String(topic.messageBytesMax),
});

const requireBrokers = async (admin: Admin, { replication }: ApplyTopicsOptions): Promise<void> => {
  const { size } = (await admin.metadata({ topics: [] })).brokers;
  if (size < replication)
    throw new Error(
      `${replication} copies need ${replication} brokers, and there ${size === 1 ? 'is' : 'are'} ${size}: give --replication ${size} --min-insync ${Math.max(1, size - 1)}`,
    );
};

const create = async (admin: Admin, topic: KafkaTopic, options: ApplyTopicsOptions): Promise<void> => {
  const configs = Object.entries(settingsOf(topic, options)).map(([name, value]) => ({ name, value }));
  try {
    await admin.createTopics({
      topics: [topic.name],
      partitions: topic.partitions,
      replicas: options.replication,
      configs,
    });
  } catch (error) {
    // Somebody who applied the same contracts at the same moment was first.
    const existsAlready = (error as { findBy?: (name: string, value: unknown) => unknown }).findBy?.(
      'apiId',
      'TOPIC_ALREADY_EXISTS',
    );
    if (!existsAlready)
      throw new Error(`Kafka did not create ${topic.name}: ${reasonOf(error)}`, { cause: error });
  }
};

const readDrift = async (
  admin: Admin,
  topics: readonly KafkaTopic[],
  options: ApplyTopicsOptions,
): Promise<Drift[]> => {
  const names = topics.map(({ name }) => name);
  const metadata = await admin.metadata({ topics: names, forceUpdate: true });
  const described = await admin.describeConfigs({
    resources: names.map((resourceName) => ({
      resourceType: ConfigResourceTypes.TOPIC,
      resourceName,
      configurationKeys: Object.keys(settingsOf(topics[0] as KafkaTopic, options)),
    })),
  });
  const configs = new Map(described.map((resource) => [resource.resourceName, resource.configs]));
  return topics.flatMap((topic) => {
    const partitions = metadata.topics.get(topic.name)?.partitions ?? [];
    const present: Record<string, string | undefined> = {
      partitions: String(partitions.length),
      replication: String(Math.min(...partitions.map(({ replicas }) => replicas.length))),
    };
    for (const { name, value } of configs.get(topic.name) ?? []) present[name] = value ?? undefined;
    const wanted = {
      partitions: String(topic.partitions),
      replication: String(options.replication),
      ...settingsOf(topic, options),
    };
    return Object.entries(wanted)
      .filter(([setting, value]) => present[setting] !== value)
      .map(([setting, value]) => ({ topic: topic.name, setting, wanted: value, present: present[setting] }));
  });
};

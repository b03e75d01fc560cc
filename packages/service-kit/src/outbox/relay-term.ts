import { setTimeout as sleep } from 'node:timers/promises';
import type { Topic } from '@souk/contracts/topic.ts';
import type { KafkaAddress } from '../config/encryption.ts';
import { kafkaFailure } from '../kafka/kafka-error.ts';
import { openProducer, type ProducerSession } from '../kafka/producer.ts';
import { openLeadership } from './leadership.ts';
import { type PublishLoopParts, publishLoop } from './publish-loop.ts';

export interface TermParts extends Omit<PublishLoopParts, 'sql' | 'session' | 'onReady'> {
  databaseUrl: string;
  brokers: KafkaAddress;
  setRole: (role: 'leader' | 'standby') => void;
}

const standbyIntervalMs = 500;
/** How long batches under way may go on after the stop; what is not acknowledged by then the next leader publishes again. */
const stopGraceMs = 3_000;

/** One term of a relay: from waiting for the lock to the first failure, which it throws, or to the signal. */
export const serveTerm = async (parts: TermParts): Promise<void> => {
  const { databaseUrl, brokers, topic, sideTopics, signal, setRole } = parts;
  const leadership = openLeadership(databaseUrl, `souk:relay:${topic.name}`);
  try {
    while (!(await leadership.acquire())) {
      setRole('standby');
      await sleep(standbyIntervalMs, undefined, { signal });
    }
    const { sql } = leadership;
    // First, so that days have their partitions although Kafka is away.
    await parts.maintain(sql);
    const clientId = `souk-${topic.owner}-relay`;
    const session = await openProducer({ brokers, clientId, createTopics: false });
    const endSession = () => setTimeout(session.close, stopGraceMs).unref();
    signal.addEventListener('abort', endSession);
    try {
      for (const each of [topic, ...sideTopics]) await checkPartitions(session, each);
      await publishLoop({ ...parts, sql, session, onReady: () => setRole('leader') });
    } finally {
      signal.removeEventListener('abort', endSession);
      await session.close();
    }
  } finally {
    await leadership.release();
  }
};

/** Consumers keep positions per partition: with other partitions they would skip events, or count them twice. */
const checkPartitions = async (session: ProducerSession, topic: Topic): Promise<void> => {
  const count = await session.partitions(topic.name);
  if (count !== topic.partitions)
    throw kafkaFailure(
      `${topic.name} has ${count} partitions, not ${topic.partitions} as the contracts want: see souk topics apply`,
    );
};

import { setTimeout as sleep } from 'node:timers/promises';
import kafka, { type Assignment, type Message, type TopicPartition } from '@confluentinc/kafka-javascript';
import { type KafkaAddress, kafkaClientSettings } from '../config/encryption.ts';
import { connect } from './connect.ts';
import { allBrokersDown, called, type KafkaError, kafkaErrorCode, kafkaFailure } from './kafka-error.ts';

export interface ConsumerClientOptions {
  brokers: KafkaAddress;
  group: string;
  topics: readonly string[];
  /** How long a broker may hold back an empty answer. A real broker answers as soon as there is data. */
  fetchWaitMaxMs: number;
  sessionTimeoutMs: number;
}

export interface ConsumerClient {
  /** Takes on what the group has given since: call it between reads. Throws what `onAssignment` throws. */
  followRebalances(): Promise<void>;
  /** Up to `max` messages of any assigned partitions; waits a little for the first. Throws on failure. */
  read(max: number): Promise<Message[]>;
  pause(partitions: TopicPartition[]): void;
  resume(partitions: TopicPartition[]): void;
  /** Stores where a later owner may start; only a hint, so failures do not matter and are not reported. */
  commit(nextOffsets: (TopicPartition & { offset: number })[]): void;
  /** Where the group has stopped reading; without an offset where it has none. Throws on failure. */
  committed(partitions: TopicPartition[]): Promise<(TopicPartition & { offset?: number })[]>;
  /** The end of a partition's log as its last answer told it; undefined before the first. */
  logEnd(topic: string, partition: number): number | undefined;
  /**
   * The offset at which a partition's readable log was last found to end: behind its last message, and behind what
   * takes offsets too and is no message, such as the marks of transactions. Undefined before that.
   */
  endReached(topic: string, partition: number): number | undefined;
  /** Asks the broker what can be read of a partition: its first offset, and the one where an open transaction begins, or the log ends. */
  logBounds(topic: string, partition: number): Promise<{ lowOffset: number; highOffset: number }>;
  /**
   * True once no broker could be reached. They may have come back with another log, in which the next offset is another
   * event: what is read then must not be applied before the group has given its partitions again.
   */
  wasCutOff(): boolean;
  /** Throws when no broker answers in that time, a second if not given. */
  ping(timeoutMs?: number): Promise<void>;
  /**
   * Leaves the group. Where no broker answers within a second it does not wait for one: the client is closed once one
   * does. That may be never, if it has lost the brokers for good.
   */
  close(): Promise<void>;
}

const connectTimeoutMs = 3_000;
const pingTimeoutMs = 1_000;
const committedTimeoutMs = 5_000;
const boundsTimeoutMs = 5_000;
const readWaitMs = 200;
const unansweredPingIntervalMs = 30_000;
/**
 * Of compressed batches, which take several times that unpacked. A fetch ends with the message that reaches it, so that
 * larger ones pass as well.
 */
const fetchBytesMax = 1024 * 1024;
const partitionFetchBytesMax = 128 * 1024;
/**
 * Of values fetched ahead; a fetch waits while there is more. Headers, and what librdkafka makes of each message, are not
 * counted, and are several times as much.
 */
const aheadBytesMax = 1024 * 1024;
/** How long such a fetch waits. librdkafka's default of a second empties what is ahead long before it ends. */
const fetchBackoffMs = 10;
/** The largest answer taken: a message that a broker accepted must not be one that stops its partition. */
const answerBytesMax = 128 * 1024 * 1024;

/**
 * Joins the group. Rejects when no broker answers in 3 seconds. `onAssignment` gets the partitions of every
 * new share, none at first, and answers where each is read from: without an offset, where the group stopped.
 *
 * The low-level client is used because it hands over batches of all partitions when it is asked and
 * does nothing by itself, where the promisified one keeps a cache, seeks and workers of its own.
 */
export const openConsumerClient = async (
  { brokers, group, topics, fetchWaitMaxMs, sessionTimeoutMs }: ConsumerClientOptions,
  onAssignment: (partitions: TopicPartition[]) => Promise<Assignment[]>,
): Promise<ConsumerClient> => {
  const rebalances: { partitions: TopicPartition[] | undefined }[] = [];
  const endsReached = new Map<string, number>();
  let closing = false;
  let cutOff = false;
  // librdkafka waits for this before it gives messages of the new assignment. It is called between reads
  // only, so a read never mixes two assignments: a worker gets each offset once, in order, without a hole.
  const followRebalances = async () => {
    for (let next = rebalances.shift(); next !== undefined; next = rebalances.shift()) {
      const { partitions } = next;
      endsReached.clear();
      const assignment = await onAssignment(partitions ?? []);
      ignoringRebalance(() => {
        if (!partitions || closing) return consumer.unassign();
        consumer.assign(assignment);
        // A pause outlives the assignment in librdkafka, and a new worker knows nothing of it.
        return consumer.resume(partitions);
      });
    }
  };
  const consumer = new kafka.KafkaConsumer({
    ...kafkaClientSettings(brokers),
    'client.id': `souk-${group}`,
    'group.id': group,
    'enable.auto.commit': false,
    'enable.auto.offset.store': false,
    'auto.offset.reset': 'earliest',
    'enable.partition.eof': true,
    'partition.assignment.strategy': 'range',
    'session.timeout.ms': sessionTimeoutMs,
    'heartbeat.interval.ms': Math.floor(sessionTimeoutMs / 5),
    'fetch.wait.max.ms': fetchWaitMaxMs,
    'fetch.error.backoff.ms': 100,
    'fetch.max.bytes': fetchBytesMax,
    'receive.message.max.bytes': answerBytesMax,
    'max.partition.fetch.bytes': partitionFetchBytesMax,
    'queued.max.messages.kbytes': aheadBytesMax / 1024,
    'fetch.queue.backoff.ms': fetchBackoffMs,
    'topic.metadata.refresh.interval.ms': 10_000,
    'reconnect.backoff.max.ms': 1_000,
    rebalance_cb: (event: KafkaError, partitions: TopicPartition[]) => {
      rebalances.push({
        partitions: event.code === kafkaErrorCode.assignPartitions ? partitions : undefined,
      });
      if (closing) ignoringRebalance(() => consumer.unassign());
    },
  } as kafka.ConsumerGlobalConfig);
  consumer.setDefaultConsumeTimeout(readWaitMs);
  // With this the wait is for the first message only; what is there is taken along.
  (
    consumer as unknown as { setDefaultIsTimeoutOnlyForFirstMessage(on: boolean): void }
  ).setDefaultIsTimeoutOnlyForFirstMessage(true);
  consumer.on('event.error', ({ message }) => {
    if (message === allBrokersDown) cutOff = true;
  });
  consumer.on('partition.eof', ({ topic, partition, offset }) => {
    endsReached.set(`${topic}/${partition}`, offset);
  });
  await connect(consumer, { timeout: connectTimeoutMs });
  consumer.subscribe([...topics]);

  const ping = (timeoutMs = pingTimeoutMs): Promise<void> =>
    called('ping', (done) => consumer.getMetadata({ timeout: timeoutMs }, (error) => done(error)));
  const isAnswered = () =>
    ping().then(
      () => true,
      () => false,
    );
  const disconnect = (): Promise<void> => {
    // It would wait without end for an answer to a rebalance that was not followed.
    ignoringRebalance(() => consumer.unassign());
    return new Promise((resolve) => consumer.disconnect(() => resolve()));
  };
  const disconnectOnceAnswered = async () => {
    while (!(await isAnswered())) await sleep(unansweredPingIntervalMs, undefined, { ref: false });
    await disconnect();
  };

  return {
    followRebalances,
    read: (max) =>
      new Promise((resolve, reject) => {
        consumer.consume(max, (error, messages) => {
          // After the events that came before the messages, `cutOff` above all: both may be handed over in one turn.
          setImmediate(() => (error ? reject(kafkaFailure('consume', error)) : resolve(messages)));
        });
      }),
    pause: (partitions) => ignoringRebalance(() => consumer.pause(partitions)),
    resume: (partitions) => ignoringRebalance(() => consumer.resume(partitions)),
    commit: (nextOffsets) => ignoringRebalance(() => consumer.commit(nextOffsets)),
    committed: (partitions) =>
      called('read the committed offsets', (done) =>
        consumer.committed(partitions, committedTimeoutMs, done),
      ),
    logEnd: (topic, partition) => {
      try {
        const { highOffset } = consumer.getWatermarkOffsets(topic, partition);
        return highOffset >= 0 ? highOffset : undefined;
      } catch {
        return undefined;
      }
    },
    wasCutOff: () => cutOff,
    endReached: (topic, partition) => endsReached.get(`${topic}/${partition}`),
    logBounds: (topic, partition) =>
      called('query the bounds of a log', (done) =>
        consumer.queryWatermarkOffsets(topic, partition, boundsTimeoutMs, done),
      ),
    ping,
    // A client that was told of no brokers keeps none (librdkafka's issue 5301). To disconnect it would wait without end
    // for answers to its commits, on one of the process's four threads.
    close: async () => {
      closing = true;
      if (await isAnswered()) return disconnect();
      ignoringRebalance(() => consumer.unsubscribe());
      ignoringRebalance(() => consumer.unassign());
      void disconnectOnceAnswered();
    },
  };
};

/** Between a revocation and its callback a partition is no longer ours: there is nothing to do then. */
const ignoringRebalance = (act: () => unknown): void => {
  try {
    act();
  } catch {
    // The next assignment starts from what Postgres knows.
  }
};

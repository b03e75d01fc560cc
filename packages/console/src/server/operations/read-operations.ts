import { type ServiceName, serviceNames, services } from '@souk/contracts/services.ts';
import { isRetryTopic, retryTopic } from '@souk/contracts/topic.ts';
import { documentTopics, kafkaTopics } from '@souk/contracts/topics.ts';
import { boundsOf, type LogRange } from '@souk/service-kit/kafka/log-bounds.ts';
import { readRanges } from '@souk/service-kit/kafka/log-reader.ts';
import { headerText, type ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { isProblem } from '@souk/service-kit/problem.ts';
import type { LogSession } from '../kafka/log-session.ts';
import type { MeshCalls, Positions } from '../mesh-calls.ts';

type Position = Omit<Positions['items'][number], 'source' | 'newest_time'>;

export interface PartitionState {
  partition: number;
  /** Offsets: of the first message, behind the last one, and of the next one to be applied. */
  from: number;
  to: number;
  next: number | null;
  /** Messages that wait. */
  behind: number | null;
  /** How old the oldest message that waits is, in milliseconds; 0 when none waits. */
  behind_ms: number | null;
  updated_at: string | null;
  /** Its tables were cleared, and it has not come again to where it was. */
  is_rebuilding: boolean;
}

export interface ConsumerOperations {
  service: ServiceName;
  /** How often the tables have been rebuilt, and once; null where the service does not say. */
  generation: number | null;
  /** Why there are no positions. */
  problem: string | null;
  topics: { topic: string; partitions: PartitionState[] }[];
}

export interface TopicState {
  name: string;
  /** Null when Kafka does not have it. */
  partitions: number | null;
  wanted_partitions: number;
  messages: number;
  retention_ms: number;
}

export interface Operations {
  at: number;
  consumers: ConsumerOperations[];
  topics: TopicState[];
}

/** How far every consumer is with the logs as they are now, and which topics there are. */
export const readOperations = async (
  logs: LogSession,
  calls: MeshCalls,
  headers: Record<string, string>,
): Promise<Operations> => {
  const consumers = serviceNames.filter((name) => services[name].consumes.length > 0);
  const asked = await Promise.all(consumers.map((service) => askPositions(calls, service, headers)));
  return logs.use(async (consumer, metadata) => {
    const ranges = await boundsOf(consumer, metadata, (name) => known.has(name));
    const operations = asked.map((answer, index) =>
      consumerOperations(consumers[index] as ServiceName, answer, ranges),
    );
    const ages = new Map<string, number>();
    for (const one of operations) {
      const waiting = oldestWaiting(one);
      if (waiting.length === 0) continue;
      await readRanges(consumer, waiting, (record) => void ages.set(nameOf(record), timeOf(record)));
      consumer.unassign();
    }
    const now = Date.now();
    return { at: now, consumers: operations.map(withAges(ages, now)), topics: topicStates(ranges) };
  });
};

const withAges =
  (ages: ReadonlyMap<string, number>, now: number) =>
  ({ topics, ...consumer }: ConsumerOperations): ConsumerOperations => ({
    ...consumer,
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((one) => {
        const at = ages.get(`${topic}/${one.partition}/${one.next}`);
        if (one.behind === 0) return { ...one, behind_ms: 0 };
        return at === undefined ? one : { ...one, behind_ms: Math.max(0, now - at) };
      }),
    })),
  });

const known = new Set(kafkaTopics.map(({ name }) => name));
const withoutPositions = new Set(documentTopics.map(({ name }) => name));

type Answer = { generation: number; items: Position[] } | { problem: string };

const askPositions = async (
  calls: MeshCalls,
  service: ServiceName,
  headers: Record<string, string>,
): Promise<Answer> => {
  try {
    return (await calls.json(service, 'GET', '/api/v1/positions', { headers })) as Answer;
  } catch (error) {
    if (isProblem(error)) return { problem: error.message };
    throw error;
  }
};

/** Pure: what the answer of a service means for the logs. */
export const consumerOperations = (
  service: ServiceName,
  answer: Answer,
  ranges: readonly LogRange[],
): ConsumerOperations => {
  const items = 'items' in answer ? answer.items : [];
  const consumed = services[service].consumes.filter((name) => !withoutPositions.has(name));
  const all = [...consumed, ...consumed.map((name) => retryTopic(name, service))];
  return {
    service,
    generation: 'generation' in answer ? answer.generation : null,
    problem: 'problem' in answer ? answer.problem : null,
    topics: all
      .map((topic) => ({
        topic,
        partitions: ranges
          .filter((range) => range.topic === topic)
          .map((range) =>
            partitionState(
              range,
              items.find((one) => isAt(one, range)),
              'items' in answer,
            ),
          )
          .toSorted((a, b) => a.partition - b.partition),
      }))
      // A retry topic nobody has sent anything to says nothing.
      .filter(
        ({ topic, partitions }) => !isRetryTopic(topic) || partitions.some(({ to, from }) => to > from),
      ),
  };
};

const isAt = (position: Position, { topic, partition }: LogRange): boolean =>
  position.topic === topic && position.partition === partition;

const partitionState = (
  { partition, from, to }: LogRange,
  position: Position | undefined,
  isKnown: boolean,
): PartitionState => {
  // Without a row nothing was read: it begins with the log.
  const next = isKnown ? Math.max(from, position?.next_offset ?? from) : null;
  return {
    ...{ partition, from, to, next },
    behind: next === null ? null : Math.max(0, to - next),
    behind_ms: null,
    updated_at: position?.updated_at ?? null,
    is_rebuilding: position !== undefined && BigInt(position.seen_sequence) > BigInt(position.last_sequence),
  };
};

const oldestWaiting = ({ topics }: ConsumerOperations): LogRange[] =>
  topics.flatMap(({ topic, partitions }) =>
    partitions.flatMap(({ partition, next, behind }) =>
      next === null || !behind ? [] : [{ topic, partition, from: next, to: next + 1 }],
    ),
  );

const nameOf = ({ topic, partition, offset }: ReceivedMessage): string => `${topic}/${partition}/${offset}`;

const timeOf = ({ headers, timestampMs }: ReceivedMessage): number => {
  const time = Date.parse(headerText(headers, 'ce_time') ?? '');
  return Number.isNaN(time) ? (timestampMs ?? Date.now()) : time;
};

const topicStates = (ranges: readonly LogRange[]): TopicState[] =>
  kafkaTopics.map(({ name, partitions, retentionMs }) => {
    const found = ranges.filter(({ topic }) => topic === name);
    return {
      name,
      partitions: found.length === 0 ? null : found.length,
      wanted_partitions: partitions,
      messages: found.reduce((sum, { from, to }) => sum + to - from, 0),
      retention_ms: retentionMs,
    };
  });

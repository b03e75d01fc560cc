import { orders } from './orders.ts';
import { productUpdates } from './product-updates.ts';
import { consumersOf } from './services.ts';
import { sessionUpdates } from './session-updates.ts';
import { type DocumentTopic, deadLetterTopic, retryTopic, type Topic } from './topic.ts';
import { userUpdates } from './user-updates.ts';

/** Every topic that the services publish events on. */
export const topics: readonly Topic[] = [userUpdates, productUpdates, sessionUpdates];

/** Every topic that outside systems write. */
export const documentTopics: readonly DocumentTopic[] = [orders];

/** One Kafka topic to be created: a topic of the contracts, or the dead-letter or retry topic of one consumer group. */
export interface KafkaTopic {
  name: string;
  partitions: number;
  /** Milliseconds; -1 for no limit. */
  retentionMs: number;
  /** The largest message, in bytes. */
  messageBytesMax: number;
}

/** What Kafka takes by default. */
const eventBytesMax = 1_048_588;
/** What comes from outside may be too large for the services, and must still reach a dead-letter topic. */
const outsideBytesMax = 16 * 1_048_576;

/** Everything Kafka must have for the system to run. */
export const kafkaTopics: readonly KafkaTopic[] = [
  ...topics.map((topic) => ({ ...topic, messageBytesMax: eventBytesMax })),
  ...documentTopics.map((topic) => ({ ...topic, messageBytesMax: outsideBytesMax })),
].flatMap(({ name, partitions, retentionMs, messageBytesMax }) => [
  { name, partitions, retentionMs, messageBytesMax },
  ...consumersOf(name).flatMap((group) =>
    [deadLetterTopic(name, group), retryTopic(name, group)].map((side) => ({
      name: side,
      partitions,
      // A rebuild reads what was sent again once more, so it is kept as long as the topic itself.
      retentionMs,
      messageBytesMax: outsideBytesMax,
    })),
  ),
]);

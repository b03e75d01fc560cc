import { orders } from './orders.ts';
import { productUpdates } from './product-updates.ts';
import { type DocumentTopic, deadLetterTopic, retryTopic, type Topic } from './topic.ts';
import { userUpdates } from './user-updates.ts';

/** Every topic that the services publish events on. */
export const topics: readonly Topic[] = [userUpdates, productUpdates];

/** Every topic that outside systems write. */
export const documentTopics: readonly DocumentTopic[] = [orders];

/** One Kafka topic to be created: a topic of the contracts, or the dead-letter or retry topic of one consumer group. */
export interface KafkaTopic {
  name: string;
  partitions: number;
  /** Milliseconds; -1 for no limit. */
  retentionMs: number;
}

/** Everything Kafka must have for the system to run. */
export const kafkaTopics: readonly KafkaTopic[] = [...topics, ...documentTopics].flatMap(
  ({ name, partitions, retentionMs, consumers }) => [
    { name, partitions, retentionMs },
    ...consumers.flatMap((group) =>
      [deadLetterTopic(name, group), retryTopic(name, group)].map((side) => ({
        name: side,
        partitions,
        // A rebuild reads what was sent again once more, so it is kept as long as the topic itself.
        retentionMs,
      })),
    ),
  ],
);

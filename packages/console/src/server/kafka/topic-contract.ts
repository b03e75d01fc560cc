import type { DocumentTopic, Topic } from '@souk/contracts/topic.ts';
import { documentTopics, topics } from '@souk/contracts/topics.ts';

/** What the contracts say of a topic, its dead-letter topic or its retry topic. */
export interface TopicContract {
  topic: Topic | DocumentTopic;
  events: Topic | undefined;
  /** JSON pointers of personal data. */
  personal: readonly string[];
  /** The JSON Schema of what the topic holds, where it holds documents. */
  document: DocumentTopic['document'] | undefined;
}

export const contractOf = (name: string): TopicContract | undefined => {
  // Names of topics have no dots; `<topic>.<group>.dlq` and `.retry` hold what the topic holds.
  const [base] = name.split('.');
  const events = topics.find((topic) => topic.name === base);
  const documents = documentTopics.find((topic) => topic.name === base);
  const topic = events ?? documents;
  return topic && { topic, events, personal: documents?.personal ?? [], document: documents?.document };
};

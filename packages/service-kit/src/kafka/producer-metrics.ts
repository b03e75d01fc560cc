import type { Metrics } from '../metrics.ts';

export type ProducerMetrics = ReturnType<typeof producerMetrics>;

/** What became of the messages to `topics`: both counters are there, at 0, before the first one. */
export const producerMetrics = (metrics: Metrics, topics: readonly string[]) => {
  const sent = metrics.counter('kafka_messages_sent_total', 'Messages acknowledged by Kafka', ['topic']);
  const failedSends = metrics.counter('kafka_failed_sends_total', 'Messages not acknowledged', ['topic']);
  for (const topic of topics) for (const counter of [sent, failedSends]) counter.inc({ topic }, 0);
  return { sent, failedSends };
};

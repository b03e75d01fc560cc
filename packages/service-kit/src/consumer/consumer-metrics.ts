import type { Metrics } from '../metrics.ts';

const freshnessBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const sequenceFaults = ['taken', 'implausible'] as const;
const statuses = ['applied', 'repeated', 'dead_lettered'] as const;

export type ConsumerMetrics = ReturnType<typeof consumerMetrics>;

/**
 * The consumer's metrics of one group; `topics` are those it reads, retry topics included. Durations in
 * seconds. What became of a message is counted when its transaction has committed, so once.
 */
export const consumerMetrics = (metrics: Metrics, group: string, topics: readonly string[]) => {
  const consumed = metrics.counter('kafka_messages_consumed_total', 'Messages by what became of them', [
    'topic',
    'group',
    'status',
  ]);
  for (const topic of topics) for (const status of statuses) consumed.inc({ topic, group, status }, 0);
  const sequencesRefused = metrics.counter(
    'kafka_sequences_refused_total',
    'Events refused for their number: implausibly high, or taken although the event was never applied',
    ['topic', 'group', 'reason'],
  );
  for (const topic of topics)
    for (const reason of sequenceFaults) sequencesRefused.inc({ topic, group, reason }, 0);
  let sequenceFaultCount = 0;
  return {
    sequenceRefused: (topic: string, reason: (typeof sequenceFaults)[number]) => {
      sequenceFaultCount += 1;
      sequencesRefused.inc({ topic, group, reason });
    },
    /** Since the process began, over all topics. */
    sequenceFaultCount: () => sequenceFaultCount,
    consumed: (topic: string, status: (typeof statuses)[number], count: number) =>
      consumed.inc({ topic, group, status }, count),
    processingDuration: metrics.histogram(
      'kafka_message_processing_duration_seconds',
      'Duration of applying one batch of a topic: the try that committed',
      ['topic', 'group'],
    ),
    lag: metrics.gauge('kafka_consumer_lag', 'Messages behind the end of the log', [
      'topic',
      'partition',
      'group',
    ]),
    received: metrics.counter('kafka_messages_received_total', 'Messages received, repeats included'),
    failedReceives: metrics.counter('kafka_failed_receives_total', 'Failed reads from Kafka'),
    processingErrors: metrics.counter(
      'kafka_processing_errors_total',
      'Messages refused for good, and tries of a batch that a transient failure ended',
    ),
    retries: metrics.counter(
      'kafka_retry_attempts_total',
      'Batches tried again after a transient failure, once for each new try',
    ),
    deadLettered: metrics.counter(
      'kafka_dlq_messages_sent_total',
      'Messages refused and sent to a dead-letter topic',
    ),
    freshness: metrics.histogram(
      'event_freshness_seconds',
      "From an event's commit at its source (a document's arrival in Kafka) to its commit here; replays not included",
      ['topic', 'group'],
      freshnessBuckets,
    ),
  };
};

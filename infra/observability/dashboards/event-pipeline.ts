import { type Dashboard, row } from './dashboard.ts';
import { graph, heatmap, type Query, stat, states } from './panel.ts';
import { buckets, burnRates, mean, percentile, perSecond, select } from './promql.ts';
import { neutral, none, rising } from './thresholds.ts';

const freshness = { unit: 's', thresholds: rising(0.5, 1), alert: 'SoukFreshnessBudgetBurnsFast' };
const processing = 'kafka_message_processing_duration_seconds';

/** From outbox to projection: what is produced, consumed, late, retried and refused. */
export const eventPipeline: Dashboard = {
  uid: 'souk-event-pipeline',
  title: 'Event pipeline',
  description: 'From outbox to projection: what is produced, consumed, late, retried and refused.',
  rows: [
    row(
      'Produced: outbox and relay',
      graph(
        'Messages sent',
        'Acknowledged by Kafka per second, by topic.',
        { unit: 'cps', thresholds: neutral },
        [perSecond('kafka_messages_sent_total', 'topic'), '{{topic}}'],
      ),
      graph(
        'Outbox: events waiting',
        'Committed and not yet acknowledged by Kafka. Counting stops at 100,000.',
        { unit: 'short', thresholds: rising(1_000, 10_000), alert: 'SoukOutboxNotDraining' },
        [`max by (service) (${select('outbox_pending')})`, '{{service}}'],
      ),
      graph(
        'Outbox: age of the oldest event',
        'How long the oldest unpublished event has waited. Over 30 s an alert fires.',
        { unit: 's', thresholds: rising(5, 30), alert: 'SoukOutboxNotDraining' },
        [`max by (service) (${select('outbox_oldest_age_seconds')})`, '{{service}}'],
      ),
      states(
        'Relay leader',
        'Which replica publishes the outbox: 1 leads, 0 stands by. Exactly one per service is right.',
        {
          unit: 'none',
          thresholds: [
            [undefined, 'blue'],
            [1, 'green'],
          ],
          alert: 'SoukNoRelayLeader',
          width: 12,
        },
        [select('outbox_relay_leader'), '{{service}} {{instance}}'],
      ),
      stat(
        'Relay leaders',
        'Per service, over all replicas. 1 is right.',
        {
          unit: 'none',
          thresholds: [
            [undefined, 'red'],
            [1, 'green'],
            [2, 'yellow'],
          ],
          alert: 'SoukTwoRelayLeaders',
          width: 6,
        },
        ['service:outbox_relay_leader:sum{service=~"$service"}', '{{service}}'],
      ),
      graph(
        'Messages not acknowledged',
        'Per second. The relay starts over from its cursor, a consumer tries its dead letters again: nothing is lost, but nothing moves either.',
        { unit: 'cps', thresholds: none, alert: 'SoukOutboxNotDraining', width: 6 },
        [perSecond('kafka_failed_sends_total', 'topic'), '{{topic}}'],
      ),
    ),
    row(
      'Consumed',
      graph(
        'Messages processed',
        'Per second, by consumer and topic, whatever became of them.',
        { unit: 'cps', thresholds: neutral },
        [perSecond('kafka_messages_consumed_total', 'group, topic'), '{{group}} {{topic}}'],
      ),
      graph(
        'What became of them',
        'Per second. Repeated: had been applied before, and was skipped. Dead-lettered: refused for good.',
        { unit: 'cps', thresholds: neutral },
        [perSecond('kafka_messages_consumed_total', 'group, status'), '{{group}} {{status}}'],
      ),
      graph(
        'Duration of processing a batch',
        'Mean and 95th percentile of applying one batch of a topic in its transaction.',
        { unit: 's', thresholds: rising(0.25, 1), alert: 'SoukConsumerLagGrowing' },
        [mean(processing, 'group'), '{{group}} average'],
        [percentile(0.95, processing, 'group'), '{{group}} p95'],
      ),
      graph(
        'Duration by topic, 99th percentile',
        'Of applying one batch, by consumer and topic.',
        { unit: 's', thresholds: rising(0.25, 1), alert: 'SoukConsumerLagGrowing' },
        [percentile(0.99, processing, 'group, topic'), '{{group}} {{topic}}'],
      ),
    ),
    row(
      'Lag and freshness',
      graph(
        'Consumer lag',
        'Messages between what was applied and the end of the log, by consumer and topic.',
        { unit: 'short', thresholds: rising(1_000, 10_000), alert: 'SoukConsumerLagGrowing' },
        [`sum by (group, topic) (${select('kafka_consumer_lag')})`, '{{group}} {{topic}}'],
      ),
      graph(
        'Consumer lag: the ten worst partitions',
        'One partition that stands still while the others move has a message that cannot be applied now.',
        { unit: 'short', thresholds: rising(1_000, 10_000), alert: 'SoukConsumerStalled' },
        [`topk(10, ${select('kafka_consumer_lag')})`, '{{group}} {{topic}} {{partition}}'],
      ),
      graph(
        'Consumed in 5 minutes',
        'None while there is lag means a stalled consumer.',
        { unit: 'short', thresholds: neutral, alert: 'SoukConsumerStalled' },
        [
          'service_group_topic:kafka_messages_consumed:increase5m{service=~"$service"}',
          '{{group}} {{topic}}',
        ],
      ),
      graph(
        'Freshness percentiles',
        "From an event's commit at its source to its commit in the projection. The objective is 99 % within 1 s.",
        { ...freshness, width: 8 },
        ...[0.5, 0.95, 0.99].map(
          (q): Query => [percentile(q, 'event_freshness_seconds', 'group'), `{{group}} p${q * 100}`],
        ),
      ),
      heatmap(
        'Freshness distribution',
        'How many events took how long from source to projection.',
        { ...freshness, width: 8 },
        buckets('event_freshness_seconds'),
      ),
      graph(
        'Burn rate: freshness',
        'How many times faster than allowed the budget of late events is spent.',
        { unit: 'none', thresholds: rising(1, 14.4), alert: 'SoukFreshnessBudgetBurnsFast', width: 8 },
        ...burnRates('freshness', '5m', '1h', '6h'),
      ),
    ),
    row(
      'Errors',
      graph(
        'Retries',
        'Batches tried again per second after a transient failure. An outage never dead-letters anything.',
        { unit: 'cps', thresholds: none, alert: 'SoukConsumerRetrying' },
        [perSecond('kafka_retry_attempts_total', 'service'), '{{service}}'],
      ),
      graph(
        'Dead letters',
        'Messages refused for good per second, and sent to the dead-letter topic.',
        { unit: 'cps', thresholds: none, alert: 'SoukDeadLettersArriving' },
        [perSecond('kafka_dlq_messages_sent_total', 'service'), '{{service}}'],
      ),
      graph(
        'Refused for their number',
        'Events per second whose number is implausibly high, or taken although the event was never applied. They are dead letters.',
        { unit: 'cps', thresholds: none, alert: 'SoukSequencesRefused' },
        [perSecond('kafka_sequences_refused_total', 'service, reason'), '{{service}} {{reason}}'],
      ),
      graph(
        'Processing errors',
        'Messages refused, and tries of a batch that a transient failure ended, per second.',
        { unit: 'cps', thresholds: none, alert: 'SoukConsumerRetrying' },
        [perSecond('kafka_processing_errors_total', 'service'), '{{service}}'],
      ),
      graph(
        'Received, and failed reads',
        'Messages received per second, repeats included, and reads from Kafka that failed.',
        { unit: 'cps', thresholds: neutral, alert: 'SoukConsumerStalled' },
        [perSecond('kafka_messages_received_total', 'service'), '{{service}} received'],
        [perSecond('kafka_failed_receives_total', 'service'), '{{service}} failed reads'],
      ),
    ),
  ],
};

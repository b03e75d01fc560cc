import type { Dashboard } from './dashboard.ts';
import { buckets, mean, percentile, perSecond, select } from './promql.ts';
import { neutral, none, rising } from './thresholds.ts';

const freshness = { unit: 's', thresholds: rising(0.5, 1), alert: 'SoukFreshnessBudgetBurnsFast' };
const processing = 'kafka_message_processing_duration_seconds';

/** From outbox to projection: what is produced, consumed, late, retried and refused. */
export const eventPipeline: Dashboard = {
  uid: 'souk-event-pipeline',
  title: 'Event pipeline',
  description: 'From outbox to projection: what is produced, consumed, late, retried and refused.',
  rows: [
    {
      title: 'Produced: outbox and relay',
      panels: [
        {
          kind: 'graph',
          title: 'Messages sent',
          description: 'Acknowledged by Kafka per second, by topic.',
          unit: 'cps',
          thresholds: neutral,
          queries: [{ expr: perSecond('kafka_messages_sent_total', 'topic'), legend: '{{topic}}' }],
        },
        {
          kind: 'graph',
          title: 'Outbox: events waiting',
          description: 'Committed and not yet acknowledged by Kafka. Counting stops at 100,000.',
          unit: 'short',
          thresholds: rising(1_000, 10_000),
          alert: 'SoukOutboxNotDraining',
          queries: [{ expr: `max by (service) (${select('outbox_pending')})`, legend: '{{service}}' }],
        },
        {
          kind: 'graph',
          title: 'Outbox: age of the oldest event',
          description: 'How long the oldest unpublished event has waited. Over 30 s an alert fires.',
          unit: 's',
          thresholds: rising(5, 30),
          alert: 'SoukOutboxNotDraining',
          queries: [
            { expr: `max by (service) (${select('outbox_oldest_age_seconds')})`, legend: '{{service}}' },
          ],
        },
        {
          kind: 'states',
          title: 'Relay leader',
          description:
            'Which replica publishes the outbox: 1 leads, 0 stands by. Exactly one per service is right.',
          unit: 'none',
          thresholds: [
            [undefined, 'blue'],
            [1, 'green'],
          ],
          alert: 'SoukNoRelayLeader',
          queries: [{ expr: select('outbox_relay_leader'), legend: '{{service}} {{instance}}' }],
          width: 12,
        },
        {
          kind: 'stat',
          title: 'Relay leaders',
          description: 'Per service, over all replicas. 1 is right.',
          unit: 'none',
          thresholds: [
            [undefined, 'red'],
            [1, 'green'],
            [2, 'yellow'],
          ],
          alert: 'SoukTwoRelayLeaders',
          queries: [{ expr: 'service:outbox_relay_leader:sum{service=~"$service"}', legend: '{{service}}' }],
          width: 6,
        },
        {
          kind: 'graph',
          title: 'Messages not acknowledged',
          description:
            'Per second. The relay starts over from its cursor, a consumer tries its dead letters again: nothing is lost, but nothing moves either.',
          unit: 'cps',
          thresholds: none,
          alert: 'SoukOutboxNotDraining',
          queries: [{ expr: perSecond('kafka_failed_sends_total', 'topic'), legend: '{{topic}}' }],
          width: 6,
        },
      ],
    },
    {
      title: 'Consumed',
      panels: [
        {
          kind: 'graph',
          title: 'Messages processed',
          description: 'Per second, by consumer and topic, whatever became of them.',
          unit: 'cps',
          thresholds: neutral,
          queries: [
            {
              expr: perSecond('kafka_messages_consumed_total', 'group, topic'),
              legend: '{{group}} {{topic}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'What became of them',
          description:
            'Per second. Repeated: had been applied before, and was skipped. Dead-lettered: refused for good.',
          unit: 'cps',
          thresholds: neutral,
          queries: [
            {
              expr: perSecond('kafka_messages_consumed_total', 'group, status'),
              legend: '{{group}} {{status}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Duration of processing a batch',
          description: 'Mean and 95th percentile of applying one batch of a topic in its transaction.',
          unit: 's',
          thresholds: rising(0.25, 1),
          alert: 'SoukConsumerLagGrowing',
          queries: [
            { expr: mean(processing, 'group'), legend: '{{group}} average' },
            { expr: percentile(0.95, processing, 'group'), legend: '{{group}} p95' },
          ],
        },
        {
          kind: 'graph',
          title: 'Duration by topic, 99th percentile',
          description: 'Of applying one batch, by consumer and topic.',
          unit: 's',
          thresholds: rising(0.25, 1),
          alert: 'SoukConsumerLagGrowing',
          queries: [{ expr: percentile(0.99, processing, 'group, topic'), legend: '{{group}} {{topic}}' }],
        },
      ],
    },
    {
      title: 'Lag and freshness',
      panels: [
        {
          kind: 'graph',
          title: 'Consumer lag',
          description: 'Messages between what was applied and the end of the log, by consumer and topic.',
          unit: 'short',
          thresholds: rising(1_000, 10_000),
          alert: 'SoukConsumerLagGrowing',
          queries: [
            {
              expr: `sum by (group, topic) (${select('kafka_consumer_lag')})`,
              legend: '{{group}} {{topic}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Consumer lag: the ten worst partitions',
          description:
            'One partition that stands still while the others move has a message that cannot be applied now.',
          unit: 'short',
          thresholds: rising(1_000, 10_000),
          alert: 'SoukConsumerStalled',
          queries: [
            {
              expr: `topk(10, ${select('kafka_consumer_lag')})`,
              legend: '{{group}} {{topic}} {{partition}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Consumed in 5 minutes',
          description: 'None while there is lag means a stalled consumer.',
          unit: 'short',
          thresholds: neutral,
          alert: 'SoukConsumerStalled',
          queries: [
            {
              expr: 'service_group_topic:kafka_messages_consumed:increase5m{service=~"$service"}',
              legend: '{{group}} {{topic}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Freshness percentiles',
          description:
            "From an event's commit at its source to its commit in the projection. The objective is 99 % within 1 s.",
          ...freshness,
          width: 8,
          queries: [0.5, 0.95, 0.99].map((q) => ({
            expr: percentile(q, 'event_freshness_seconds', 'group'),
            legend: `{{group}} p${q * 100}`,
          })),
        },
        {
          kind: 'heatmap',
          title: 'Freshness distribution',
          description: 'How many events took how long from source to projection.',
          ...freshness,
          width: 8,
          query: buckets('event_freshness_seconds'),
        },
        {
          kind: 'graph',
          title: 'Burn rate: freshness',
          description: 'How many times faster than allowed the budget of late events is spent.',
          unit: 'none',
          thresholds: rising(1, 14.4),
          alert: 'SoukFreshnessBudgetBurnsFast',
          width: 8,
          queries: ['5m', '1h', '6h'].map((window) => ({
            expr: `service:slo_burn_rate:${window}{service=~"$service", slo="freshness"}`,
            legend: `{{service}} ${window}`,
          })),
        },
      ],
    },
    {
      title: 'Errors',
      panels: [
        {
          kind: 'graph',
          title: 'Retries',
          description:
            'Batches tried again per second after a transient failure. An outage never dead-letters anything.',
          unit: 'cps',
          thresholds: none,
          alert: 'SoukConsumerRetrying',
          queries: [{ expr: perSecond('kafka_retry_attempts_total', 'service'), legend: '{{service}}' }],
        },
        {
          kind: 'graph',
          title: 'Dead letters',
          description: 'Messages refused for good per second, and sent to the dead-letter topic.',
          unit: 'cps',
          thresholds: none,
          alert: 'SoukDeadLettersArriving',
          queries: [{ expr: perSecond('kafka_dlq_messages_sent_total', 'service'), legend: '{{service}}' }],
        },
        {
          kind: 'graph',
          title: 'Refused for their number',
          description:
            'Events per second whose number is implausibly high, or taken although the event was never applied. They are dead letters.',
          unit: 'cps',
          thresholds: none,
          alert: 'SoukSequencesRefused',
          queries: [
            {
              expr: perSecond('kafka_sequences_refused_total', 'service, reason'),
              legend: '{{service}} {{reason}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Processing errors',
          description: 'Messages refused, and tries of a batch that a transient failure ended, per second.',
          unit: 'cps',
          thresholds: none,
          alert: 'SoukConsumerRetrying',
          queries: [{ expr: perSecond('kafka_processing_errors_total', 'service'), legend: '{{service}}' }],
        },
        {
          kind: 'graph',
          title: 'Received, and failed reads',
          description: 'Messages received per second, repeats included, and reads from Kafka that failed.',
          unit: 'cps',
          thresholds: neutral,
          alert: 'SoukConsumerStalled',
          queries: [
            { expr: perSecond('kafka_messages_received_total', 'service'), legend: '{{service}} received' },
            { expr: perSecond('kafka_failed_receives_total', 'service'), legend: '{{service}} failed reads' },
          ],
        },
      ],
    },
  ],
};

import { type Dashboard, row } from './dashboard.ts';
import { graph, stat, table } from './panel.ts';
import {
  apiRoutes,
  availabilityRequests,
  chosen,
  latencyRequests,
  percentile,
  perSecond,
  select,
  share,
} from './promql.ts';
import { neutral, none, rising } from './thresholds.ts';

const failed = 'status=~"5.."';

/** One look: is it healthy, where does it hurt, and what is burning. */
export const overview: Dashboard = {
  uid: 'souk-overview',
  title: 'Overview',
  description: 'Is the mesh healthy, where does it hurt, and what is burning.',
  rows: [
    row(
      'In one look',
      stat(
        'Services down',
        'Services of which no replica answers.',
        { unit: 'none', thresholds: rising(1, 1), alert: 'SoukServiceDown' },
        'count(ALERTS{alertname="SoukServiceDown", alertstate=~"pending|firing"}) or vector(0)',
      ),
      stat(
        'Alerts firing',
        'Of the mesh, by the rules of Prometheus. The table below names them.',
        { unit: 'none', thresholds: none },
        'count(ALERTS{alertname=~"Souk.+", alertstate="firing"}) or vector(0)',
      ),
      stat(
        'Requests per second',
        'Answered by all services, without those of operators.',
        { unit: 'reqps', thresholds: neutral },
        `sum(rate(${select('http_requests_total', apiRoutes)}[$__rate_interval]))`,
      ),
      stat(
        'Failed requests',
        'Share answered with a 5xx. The objective allows 0.1 %.',
        { unit: 'percentunit', thresholds: rising(0.001, 0.01), alert: 'SoukAvailabilityBudgetBurnsFast' },
        share(
          `sum(rate(${select('http_requests_total', `${availabilityRequests}, ${failed}`)}[$__rate_interval]))`,
          `sum(rate(${select('http_requests_total', availabilityRequests)}[$__rate_interval]))`,
        ),
      ),
      stat(
        'Latency, 95th percentile',
        'Without batches, streams and failures. The objective is 99 % within 250 ms.',
        { unit: 's', thresholds: rising(0.1, 0.25), alert: 'SoukLatencyBudgetBurnsFast' },
        percentile(0.95, 'http_request_duration_seconds', '', latencyRequests),
      ),
      stat(
        'Freshness, 99th percentile',
        "From an event's commit at its source to its commit in a projection. Under 1 s is right.",
        { unit: 's', thresholds: rising(0.5, 1), alert: 'SoukFreshnessBudgetBurnsFast' },
        percentile(0.99, 'event_freshness_seconds', ''),
      ),
      stat(
        'Backlog',
        'Events not yet published, and messages not yet consumed. Near 0 is right.',
        { unit: 'short', thresholds: rising(1_000, 10_000), alert: 'SoukConsumerLagGrowing' },
        `(sum(max by (service) (${select('outbox_pending')})) or vector(0)) + (sum(${select('kafka_consumer_lag')}) or vector(0))`,
      ),
      stat(
        'Dead letters',
        'Messages refused for good in the time shown. Each one wants to be looked at.',
        { unit: 'short', thresholds: none, alert: 'SoukDeadLettersArriving' },
        `sum(increase(${select('kafka_dlq_messages_sent_total')}[$__range]))`,
      ),
    ),
    row(
      'What is burning',
      table(
        'Alerts',
        'Firing, and pending: seen, but not yet for long enough. Empty is right.',
        { unit: 'none', thresholds: neutral, width: 12 },
        'ALERTS{alertname=~"Souk.+"}',
      ),
      graph(
        'Error budgets: burn rate over an hour',
        'How many times faster than allowed the budgets for failed, slow and late work are spent. 1 spends all of it in 30 days; 14.4 wakes somebody.',
        { unit: 'none', thresholds: rising(1, 14.4), alert: 'SoukAvailabilityBudgetBurnsFast', width: 12 },
        ['service:slo_burn_rate:1h{service=~"$service"}', '{{service}} {{slo}}'],
      ),
    ),
    row(
      'Four golden signals',
      graph(
        'Traffic',
        'Requests per second by service, without those of operators.',
        { unit: 'reqps', thresholds: neutral },
        [perSecond('http_requests_total', 'service', apiRoutes), '{{service}}'],
      ),
      graph(
        'Errors',
        'Share of the requests answered with a 5xx, by service.',
        { unit: 'percentunit', thresholds: rising(0.001, 0.01), alert: 'SoukAvailabilityBudgetBurnsFast' },
        [
          share(
            perSecond('http_requests_total', 'service', `${availabilityRequests}, ${failed}`),
            perSecond('http_requests_total', 'service', availabilityRequests),
          ),
          '{{service}}',
        ],
      ),
      graph(
        'Latency, 95th percentile',
        'By service, without batches, streams and failures. HTTP has the other percentiles and the routes.',
        { unit: 's', thresholds: rising(0.1, 0.25), alert: 'SoukLatencyBudgetBurnsFast' },
        [percentile(0.95, 'http_request_duration_seconds', 'service', latencyRequests), '{{service}}'],
      ),
      graph(
        'Saturation: CPU',
        'Share of one core that each replica uses. JavaScript runs on one; near 1, or near the limit of its container (0.5 in the chart), it queues.',
        { unit: 'percentunit', thresholds: rising(0.7, 0.9), alert: 'SoukEventLoopBlocked' },
        [perSecond('process_cpu_seconds_total', 'service, instance'), '{{service}} {{instance}}'],
      ),
    ),
    row(
      'From event to projection',
      graph(
        'Freshness, 95th percentile',
        "From an event's commit at its source to its commit in the projection, by consumer.",
        { unit: 's', thresholds: rising(0.5, 1), alert: 'SoukFreshnessBudgetBurnsFast' },
        [percentile(0.95, 'event_freshness_seconds', 'group'), '{{group}}'],
      ),
      graph(
        'Consumer lag',
        'Messages between what was applied and the end of the log, by consumer and topic.',
        { unit: 'short', thresholds: rising(1_000, 10_000), alert: 'SoukConsumerLagGrowing' },
        ['service_group_topic:kafka_consumer_lag:sum{service=~"$service"}', '{{group}} {{topic}}'],
      ),
      graph(
        'Oldest unpublished event',
        'How long the oldest event in the outbox has waited. Milliseconds are right.',
        { unit: 's', thresholds: rising(5, 30), alert: 'SoukOutboxNotDraining' },
        ['service:outbox_oldest_age_seconds:max{service=~"$service"}', '{{service}}'],
      ),
      graph(
        'Memory',
        'Resident memory of each replica. Normal work stays under 150 MB; 512 MiB is the limit.',
        { unit: 'bytes', thresholds: rising(150e6, 0.85 * 512 * 1024 * 1024), alert: 'SoukMemoryNearLimit' },
        [`process_resident_memory_bytes{${chosen}}`, '{{service}} {{instance}}'],
      ),
    ),
  ],
};

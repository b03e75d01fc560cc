import type { Dashboard } from './dashboard.ts';
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
    {
      title: 'In one look',
      panels: [
        {
          kind: 'stat',
          title: 'Services down',
          description: 'Services of which no replica answers.',
          unit: 'none',
          thresholds: rising(1, 1),
          alert: 'SoukServiceDown',
          queries: [
            { expr: 'count(ALERTS{alertname="SoukServiceDown", alertstate=~"pending|firing"}) or vector(0)' },
          ],
        },
        {
          kind: 'stat',
          title: 'Alerts firing',
          description: 'Of the mesh, by the rules of Prometheus. The table below names them.',
          unit: 'none',
          thresholds: none,
          queries: [{ expr: 'count(ALERTS{alertname=~"Souk.+", alertstate="firing"}) or vector(0)' }],
        },
        {
          kind: 'stat',
          title: 'Requests per second',
          description: 'Answered by all services, without those of operators.',
          unit: 'reqps',
          thresholds: neutral,
          queries: [{ expr: `sum(rate(${select('http_requests_total', apiRoutes)}[$__rate_interval]))` }],
        },
        {
          kind: 'stat',
          title: 'Failed requests',
          description: 'Share answered with a 5xx. The objective allows 0.1 %.',
          unit: 'percentunit',
          thresholds: rising(0.001, 0.01),
          alert: 'SoukAvailabilityBudgetBurnsFast',
          queries: [
            {
              expr: share(
                `sum(rate(${select('http_requests_total', `${availabilityRequests}, ${failed}`)}[$__rate_interval]))`,
                `sum(rate(${select('http_requests_total', availabilityRequests)}[$__rate_interval]))`,
              ),
            },
          ],
        },
        {
          kind: 'stat',
          title: 'Latency, 95th percentile',
          description: 'Without batches, streams and failures. The objective is 99 % within 250 ms.',
          unit: 's',
          thresholds: rising(0.1, 0.25),
          alert: 'SoukLatencyBudgetBurnsFast',
          queries: [{ expr: percentile(0.95, 'http_request_duration_seconds', '', latencyRequests) }],
        },
        {
          kind: 'stat',
          title: 'Freshness, 99th percentile',
          description:
            "From an event's commit at its source to its commit in a projection. Under 1 s is right.",
          unit: 's',
          thresholds: rising(0.5, 1),
          alert: 'SoukFreshnessBudgetBurnsFast',
          queries: [{ expr: percentile(0.99, 'event_freshness_seconds', '') }],
        },
        {
          kind: 'stat',
          title: 'Backlog',
          description: 'Events not yet published, and messages not yet consumed. Near 0 is right.',
          unit: 'short',
          thresholds: rising(1_000, 10_000),
          alert: 'SoukConsumerLagGrowing',
          queries: [
            {
              expr: `(sum(max by (service) (${select('outbox_pending')})) or vector(0)) + (sum(${select('kafka_consumer_lag')}) or vector(0))`,
            },
          ],
        },
        {
          kind: 'stat',
          title: 'Dead letters',
          description: 'Messages refused for good in the time shown. Each one wants to be looked at.',
          unit: 'short',
          thresholds: none,
          alert: 'SoukDeadLettersArriving',
          queries: [{ expr: `sum(increase(${select('kafka_dlq_messages_sent_total')}[$__range]))` }],
        },
      ],
    },
    {
      title: 'What is burning',
      panels: [
        {
          kind: 'table',
          title: 'Alerts',
          description: 'Firing, and pending: seen, but not yet for long enough. Empty is right.',
          unit: 'none',
          thresholds: neutral,
          width: 12,
          queries: [{ expr: 'ALERTS{alertname=~"Souk.+"}' }],
        },
        {
          kind: 'graph',
          title: 'Error budgets: burn rate over an hour',
          description:
            'How many times faster than allowed the budgets for failed, slow and late work are spent. 1 spends all of it in 30 days; 14.4 wakes somebody.',
          unit: 'none',
          thresholds: rising(1, 14.4),
          alert: 'SoukAvailabilityBudgetBurnsFast',
          width: 12,
          queries: [{ expr: 'service:slo_burn_rate:1h{service=~"$service"}', legend: '{{service}} {{slo}}' }],
        },
      ],
    },
    {
      title: 'Four golden signals',
      panels: [
        {
          kind: 'graph',
          title: 'Traffic',
          description: 'Requests per second by service, without those of operators.',
          unit: 'reqps',
          thresholds: neutral,
          queries: [{ expr: perSecond('http_requests_total', 'service', apiRoutes), legend: '{{service}}' }],
        },
        {
          kind: 'graph',
          title: 'Errors',
          description: 'Share of the requests answered with a 5xx, by service.',
          unit: 'percentunit',
          thresholds: rising(0.001, 0.01),
          alert: 'SoukAvailabilityBudgetBurnsFast',
          queries: [
            {
              expr: share(
                perSecond('http_requests_total', 'service', `${availabilityRequests}, ${failed}`),
                perSecond('http_requests_total', 'service', availabilityRequests),
              ),
              legend: '{{service}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Latency, 95th percentile',
          description:
            'By service, without batches, streams and failures. HTTP has the other percentiles and the routes.',
          unit: 's',
          thresholds: rising(0.1, 0.25),
          alert: 'SoukLatencyBudgetBurnsFast',
          queries: [
            {
              expr: percentile(0.95, 'http_request_duration_seconds', 'service', latencyRequests),
              legend: '{{service}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Saturation: CPU',
          description: 'Share of one core that each replica uses. JavaScript runs on one; near 1 it queues.',
          unit: 'percentunit',
          thresholds: rising(0.7, 0.9),
          alert: 'SoukEventLoopBlocked',
          queries: [
            {
              expr: perSecond('process_cpu_seconds_total', 'service, instance'),
              legend: '{{service}} {{instance}}',
            },
          ],
        },
      ],
    },
    {
      title: 'From event to projection',
      panels: [
        {
          kind: 'graph',
          title: 'Freshness, 95th percentile',
          description: "From an event's commit at its source to its commit in the projection, by consumer.",
          unit: 's',
          thresholds: rising(0.5, 1),
          alert: 'SoukFreshnessBudgetBurnsFast',
          queries: [{ expr: percentile(0.95, 'event_freshness_seconds', 'group'), legend: '{{group}}' }],
        },
        {
          kind: 'graph',
          title: 'Consumer lag',
          description: 'Messages between what was applied and the end of the log, by consumer and topic.',
          unit: 'short',
          thresholds: rising(1_000, 10_000),
          alert: 'SoukConsumerLagGrowing',
          queries: [
            {
              expr: 'service_group_topic:kafka_consumer_lag:sum{service=~"$service"}',
              legend: '{{group}} {{topic}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Oldest unpublished event',
          description: 'How long the oldest event in the outbox has waited. Milliseconds are right.',
          unit: 's',
          thresholds: rising(5, 30),
          alert: 'SoukOutboxNotDraining',
          queries: [
            {
              expr: 'service:outbox_oldest_age_seconds:max{service=~"$service"}',
              legend: '{{service}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Memory',
          description:
            'Resident memory of each replica. Normal work stays under 150 MB; 512 MiB is the limit.',
          unit: 'bytes',
          thresholds: rising(150e6, 0.85 * 512 * 1024 * 1024),
          alert: 'SoukMemoryNearLimit',
          queries: [{ expr: `process_resident_memory_bytes{${chosen}}`, legend: '{{service}} {{instance}}' }],
        },
      ],
    },
  ],
};

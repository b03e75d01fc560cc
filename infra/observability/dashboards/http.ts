import type { Dashboard } from './dashboard.ts';
import {
  apiRoutes,
  availabilityRequests,
  buckets,
  inRange,
  latencyRequests,
  mean,
  percentile,
  perSecond,
  select,
  share,
} from './promql.ts';
import { neutral, none, rising } from './thresholds.ts';

const requests = 'http_requests_total';
const duration = 'http_request_duration_seconds';
const failed = `${apiRoutes}, status=~"5.."`;
const all = (counter: string, matchers: string) =>
  `sum(rate(${select(counter, matchers)}[$__rate_interval]))`;
const latency = { unit: 's', thresholds: rising(0.1, 0.25), alert: 'SoukLatencyBudgetBurnsFast' };

/** Requests: how many, how fast, what failed, and on which route. */
export const http: Dashboard = {
  uid: 'souk-http',
  title: 'HTTP',
  description: 'Requests: how many, how fast, what failed, and on which route. Without those of operators.',
  rows: [
    {
      title: 'All chosen services',
      panels: [
        {
          kind: 'stat',
          title: 'Total requests',
          description: 'Answered in the time shown.',
          unit: 'short',
          thresholds: neutral,
          queries: [{ expr: `sum(increase(${select(requests, apiRoutes)}[$__range]))` }],
        },
        {
          kind: 'stat',
          title: 'Requests per second',
          description: 'Answered, now.',
          unit: 'reqps',
          thresholds: neutral,
          queries: [{ expr: all(requests, apiRoutes) }],
        },
        {
          kind: 'stat',
          title: 'Error rate',
          description: 'Share answered with a 5xx. The objective allows 0.1 %.',
          unit: 'percentunit',
          thresholds: rising(0.001, 0.01),
          alert: 'SoukAvailabilityBudgetBurnsFast',
          queries: [
            {
              expr: share(
                all(requests, `${availabilityRequests}, status=~"5.."`),
                all(requests, availabilityRequests),
              ),
            },
          ],
        },
        {
          kind: 'stat',
          title: 'Average latency',
          description:
            'Mean duration of a request, as of the percentiles: without batches, streams and failures.',
          ...latency,
          queries: [
            {
              expr: `${all(`${duration}_sum`, latencyRequests)} / (${all(`${duration}_count`, latencyRequests)} > 0)`,
            },
          ],
        },
        {
          kind: 'stat',
          title: 'Latency p50',
          description: 'Half of the requests were faster.',
          ...latency,
          queries: [{ expr: percentile(0.5, duration, '', latencyRequests) }],
        },
        {
          kind: 'stat',
          title: 'Latency p95',
          description: '95 of 100 requests were faster.',
          ...latency,
          queries: [{ expr: percentile(0.95, duration, '', latencyRequests) }],
        },
        {
          kind: 'stat',
          title: 'Latency p99',
          description:
            '99 of 100 requests were faster, without batches, streams and failures. The objective is 99 % within 250 ms.',
          ...latency,
          queries: [{ expr: percentile(0.99, duration, '', latencyRequests) }],
        },
        {
          kind: 'stat',
          title: 'In flight',
          description: 'Requests being answered. One that keeps rising means work that does not end.',
          unit: 'short',
          thresholds: rising(100, 1_000),
          alert: 'SoukLatencyBudgetBurnsFast',
          queries: [{ expr: `sum(${select('http_requests_in_flight')})` }],
        },
      ],
    },
    {
      title: 'Traffic',
      panels: [
        {
          kind: 'graph',
          title: 'Requests by service',
          description: 'Answered per second.',
          unit: 'reqps',
          thresholds: neutral,
          queries: [{ expr: perSecond(requests, 'service', apiRoutes), legend: '{{service}}' }],
        },
        {
          kind: 'graph',
          title: 'Requests by route: the ten busiest',
          description: 'Answered per second, by route template.',
          unit: 'reqps',
          thresholds: neutral,
          queries: [
            {
              expr: `topk(10, ${perSecond(requests, 'service, method, route', apiRoutes)})`,
              legend: '{{service}} {{method}} {{route}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Requests by status',
          description: 'Answered per second. 499: the client went away before its answer.',
          unit: 'reqps',
          thresholds: neutral,
          stacked: true,
          queries: [{ expr: perSecond(requests, 'status', apiRoutes), legend: '{{status}}' }],
        },
        {
          kind: 'graph',
          title: 'Refused because of overload',
          description:
            'Per second, by class, in the order in which they are refused: batch, analytics, lists, writes. They are among the 503.',
          unit: 'reqps',
          thresholds: none,
          stacked: true,
          queries: [
            {
              expr: perSecond('http_requests_shed_total', 'service, class'),
              legend: '{{service}} {{class}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Latency',
      panels: [
        {
          kind: 'graph',
          title: 'Average and percentiles',
          description:
            'Duration of a request, over all chosen services: batches, streams and failures included.',
          ...latency,
          queries: [
            {
              expr: `${all(`${duration}_sum`, apiRoutes)} / (${all(`${duration}_count`, apiRoutes)} > 0)`,
              legend: 'average',
            },
            { expr: percentile(0.5, duration, '', apiRoutes), legend: 'p50' },
            { expr: percentile(0.95, duration, '', apiRoutes), legend: 'p95' },
            { expr: percentile(0.99, duration, '', apiRoutes), legend: 'p99' },
          ],
        },
        {
          kind: 'heatmap',
          title: 'Distribution',
          description:
            'How many requests took how long. A second band shows a second kind of request, or a queue.',
          ...latency,
          query: buckets(duration, apiRoutes),
        },
        {
          kind: 'graph',
          title: 'p99 by service',
          description: '99 of 100 requests were faster, by service.',
          ...latency,
          queries: [{ expr: percentile(0.99, duration, 'service', apiRoutes), legend: '{{service}}' }],
        },
        {
          kind: 'graph',
          title: 'p95 by route: the ten slowest',
          description: '95 of 100 requests were faster, by route template. Batches may take longer.',
          ...latency,
          width: 12,
          queries: [
            {
              expr: `topk(10, ${percentile(0.95, duration, 'service, method, route', apiRoutes)})`,
              legend: '{{service}} {{method}} {{route}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Average by route: the ten slowest',
          description: 'Mean duration by route template.',
          ...latency,
          width: 12,
          queries: [
            {
              expr: `topk(10, ${mean(duration, 'service, method, route', apiRoutes)})`,
              legend: '{{service}} {{method}} {{route}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Errors',
      panels: [
        {
          kind: 'graph',
          title: 'Failed: 5xx by route',
          description: 'Per second. Nothing is right; the logs of that time name the cause.',
          unit: 'reqps',
          thresholds: none,
          alert: 'SoukAvailabilityBudgetBurnsFast',
          queries: [
            {
              expr: perSecond(requests, 'service, method, route, status', failed),
              legend: '{{service}} {{method}} {{route}} {{status}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Refused: 4xx by route',
          description:
            'Per second: what clients asked that could not be. A jump often follows a release of a client.',
          unit: 'reqps',
          thresholds: neutral,
          queries: [
            {
              expr: perSecond(requests, 'service, method, route, status', `${apiRoutes}, status=~"4.."`),
              legend: '{{service}} {{method}} {{route}} {{status}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Refused: beyond a rate limit',
          description:
            'Per second: 429 rate_limited, by the class of the request. Nothing where RATE_LIMITS is off.',
          unit: 'reqps',
          thresholds: neutral,
          queries: [
            { expr: perSecond('http_rate_limited_total', 'service, class'), legend: '{{service}} {{class}}' },
          ],
        },
        {
          kind: 'table',
          title: 'Statuses in the time shown',
          description: 'How often each route was answered with each status.',
          unit: 'short',
          thresholds: neutral,
          width: 8,
          queries: [{ expr: inRange(requests, 'service, method, route, status', apiRoutes) }],
        },
      ],
    },
    {
      title: 'Error budgets',
      panels: [
        ...(['availability', 'latency'] as const).map((slo) => ({
          kind: 'graph' as const,
          title: `Burn rate: ${slo}`,
          description: `How many times faster than allowed the ${slo} budget is spent, over windows of 5 minutes to 3 days. An alert fires when a long and a short window agree.`,
          unit: 'none',
          thresholds: rising(1, 14.4),
          alert: `Souk${slo === 'availability' ? 'Availability' : 'Latency'}BudgetBurnsFast`,
          queries: ['5m', '30m', '1h', '2h', '6h', '1d', '3d'].map((window) => ({
            expr: `service:slo_burn_rate:${window}{service=~"$service", slo="${slo}"}`,
            legend: `{{service}} ${window}`,
          })),
        })),
        {
          kind: 'stat' as const,
          title: 'Budgets allowed',
          description: 'Shares that may be bad: failed requests, requests over 250 ms, events over 1 s.',
          unit: 'percentunit',
          thresholds: neutral,
          queries: [{ expr: 'slo:error_budget:ratio', legend: '{{slo}}' }],
        },
      ],
    },
    {
      title: 'Streams',
      panels: [
        {
          kind: 'graph',
          title: 'Open streams',
          description: 'Clients that follow the summary of analytics; each holds a connection.',
          unit: 'short',
          thresholds: neutral,
          queries: [{ expr: `sum by (service) (${select('sse_streams_open')})`, legend: '{{service}}' }],
        },
        {
          kind: 'graph',
          title: 'Events of streams per second',
          description: 'Sent, and skipped because a client had not read the one before.',
          unit: 'short',
          thresholds: neutral,
          queries: [
            {
              expr: `sum by (outcome) (rate(${select('sse_events_total')}[$__rate_interval]))`,
              legend: '{{outcome}}',
            },
          ],
        },
      ],
    },
  ],
};

import { type Dashboard, row } from './dashboard.ts';
import { graph, heatmap, stat, table } from './panel.ts';
import {
  apiRoutes,
  availabilityRequests,
  buckets,
  burnRates,
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
    row(
      'All chosen services',
      stat(
        'Total requests',
        'Answered in the time shown.',
        { unit: 'short', thresholds: neutral },
        `sum(increase(${select(requests, apiRoutes)}[$__range]))`,
      ),
      stat(
        'Requests per second',
        'Answered, now.',
        { unit: 'reqps', thresholds: neutral },
        all(requests, apiRoutes),
      ),
      stat(
        'Error rate',
        'Share answered with a 5xx. The objective allows 0.1 %.',
        { unit: 'percentunit', thresholds: rising(0.001, 0.01), alert: 'SoukAvailabilityBudgetBurnsFast' },
        share(all(requests, `${availabilityRequests}, status=~"5.."`), all(requests, availabilityRequests)),
      ),
      stat(
        'Average latency',
        'Mean duration of a request, as of the percentiles: without batches, streams and failures.',
        latency,
        `${all(`${duration}_sum`, latencyRequests)} / (${all(`${duration}_count`, latencyRequests)} > 0)`,
      ),
      stat(
        'Latency p50',
        'Half of the requests were faster.',
        latency,
        percentile(0.5, duration, '', latencyRequests),
      ),
      stat(
        'Latency p95',
        '95 of 100 requests were faster.',
        latency,
        percentile(0.95, duration, '', latencyRequests),
      ),
      stat(
        'Latency p99',
        '99 of 100 requests were faster, without batches, streams and failures. The objective is 99 % within 250 ms.',
        latency,
        percentile(0.99, duration, '', latencyRequests),
      ),
      stat(
        'In flight',
        'Requests being answered. One that keeps rising means work that does not end.',
        { unit: 'short', thresholds: rising(100, 1_000), alert: 'SoukLatencyBudgetBurnsFast' },
        `sum(${select('http_requests_in_flight')})`,
      ),
    ),
    row(
      'Traffic',
      graph('Requests by service', 'Answered per second.', { unit: 'reqps', thresholds: neutral }, [
        perSecond(requests, 'service', apiRoutes),
        '{{service}}',
      ]),
      graph(
        'Requests by route: the ten busiest',
        'Answered per second, by route template.',
        { unit: 'reqps', thresholds: neutral },
        [
          `topk(10, ${perSecond(requests, 'service, method, route', apiRoutes)})`,
          '{{service}} {{method}} {{route}}',
        ],
      ),
      graph(
        'Requests by status',
        'Answered per second. 499: the client went away before its answer.',
        { unit: 'reqps', thresholds: neutral, stacked: true },
        [perSecond(requests, 'status', apiRoutes), '{{status}}'],
      ),
      graph(
        'Refused because of overload',
        'Per second, by class, in the order in which they are refused: batch, analytics, lists, writes. They are among the 503.',
        { unit: 'reqps', thresholds: none, stacked: true },
        [perSecond('http_requests_shed_total', 'service, class'), '{{service}} {{class}}'],
      ),
    ),
    row(
      'Latency',
      graph(
        'Average and percentiles',
        'Duration of a request, over all chosen services: batches, streams and failures included.',
        latency,
        [`${all(`${duration}_sum`, apiRoutes)} / (${all(`${duration}_count`, apiRoutes)} > 0)`, 'average'],
        [percentile(0.5, duration, '', apiRoutes), 'p50'],
        [percentile(0.95, duration, '', apiRoutes), 'p95'],
        [percentile(0.99, duration, '', apiRoutes), 'p99'],
      ),
      heatmap(
        'Distribution',
        'How many requests took how long. A second band shows a second kind of request, or a queue.',
        latency,
        buckets(duration, apiRoutes),
      ),
      graph('p99 by service', '99 of 100 requests were faster, by service.', latency, [
        percentile(0.99, duration, 'service', apiRoutes),
        '{{service}}',
      ]),
      graph(
        'p95 by route: the ten slowest',
        '95 of 100 requests were faster, by route template. Batches may take longer.',
        { ...latency, width: 12 },
        [
          `topk(10, ${percentile(0.95, duration, 'service, method, route', apiRoutes)})`,
          '{{service}} {{method}} {{route}}',
        ],
      ),
      graph(
        'Average by route: the ten slowest',
        'Mean duration by route template.',
        { ...latency, width: 12 },
        [
          `topk(10, ${mean(duration, 'service, method, route', apiRoutes)})`,
          '{{service}} {{method}} {{route}}',
        ],
      ),
    ),
    row(
      'Errors',
      graph(
        'Failed: 5xx by route',
        'Per second. Nothing is right; the logs of that time name the cause.',
        { unit: 'reqps', thresholds: none, alert: 'SoukAvailabilityBudgetBurnsFast' },
        [
          perSecond(requests, 'service, method, route, status', failed),
          '{{service}} {{method}} {{route}} {{status}}',
        ],
      ),
      graph(
        'Refused: 4xx by route',
        'Per second: what clients asked that could not be. A jump often follows a release of a client.',
        { unit: 'reqps', thresholds: neutral },
        [
          perSecond(requests, 'service, method, route, status', `${apiRoutes}, status=~"4.."`),
          '{{service}} {{method}} {{route}} {{status}}',
        ],
      ),
      graph(
        'Refused: beyond a rate limit',
        'Per second: 429 rate_limited, by the class of the request. Nothing where RATE_LIMITS is off.',
        { unit: 'reqps', thresholds: neutral },
        [perSecond('http_rate_limited_total', 'service, class'), '{{service}} {{class}}'],
      ),
      graph(
        'Rate limits decided without Redis',
        'Per second: questions of a process to a bucket of its own, because the shared one did not answer in 100 ms. While there are any, a caller may get its limit once per replica.',
        { unit: 'ops', thresholds: none },
        [perSecond('rate_limit_own_bucket_total', 'service'), '{{service}}'],
      ),
      table(
        'Statuses in the time shown',
        'How often each route was answered with each status.',
        { unit: 'short', thresholds: neutral, width: 8 },
        inRange(requests, 'service, method, route, status', apiRoutes),
      ),
    ),
    row(
      'Error budgets',
      ...(['availability', 'latency'] as const).map((slo) =>
        graph(
          `Burn rate: ${slo}`,
          `How many times faster than allowed the ${slo} budget is spent, over windows of 5 minutes to 3 days. An alert fires when a long and a short window agree.`,
          {
            unit: 'none',
            thresholds: rising(1, 14.4),
            alert: `Souk${slo === 'availability' ? 'Availability' : 'Latency'}BudgetBurnsFast`,
          },
          ...burnRates(slo, '5m', '30m', '1h', '2h', '6h', '1d', '3d'),
        ),
      ),
      stat(
        'Budgets allowed',
        'Shares that may be bad: failed requests, requests over 250 ms, events over 1 s.',
        { unit: 'percentunit', thresholds: neutral },
        ['slo:error_budget:ratio', '{{slo}}'],
      ),
    ),
    row(
      'Streams',
      graph(
        'Open streams',
        'Clients that follow the summary of analytics; each holds a connection.',
        { unit: 'short', thresholds: neutral },
        [`sum by (service) (${select('sse_streams_open')})`, '{{service}}'],
      ),
      graph(
        'Events of streams per second',
        'Sent, and skipped because a client had not read the one before.',
        { unit: 'short', thresholds: neutral },
        [`sum by (outcome) (rate(${select('sse_events_total')}[$__rate_interval]))`, '{{outcome}}'],
      ),
    ),
  ],
};

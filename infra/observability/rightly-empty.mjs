/**
 * What may have no data in a healthy mesh under the demo's load, and why. A selector is meant when it holds the metric
 * and, if given, the matcher as it is written.
 *
 * @type {{ metric: string, matcher?: string, reason: string }[]}
 */
export const rightlyEmpty = [
  { metric: 'ALERTS', reason: 'nothing is pending and nothing fires' },
  { metric: 'http_requests_total', matcher: 'status=~"5.."', reason: 'no request fails' },
  { metric: 'http_requests_total', matcher: 'status=~"4.."', reason: 'the demo asks for nothing impossible' },
  {
    metric: 'db_query_errors_by_operation_total',
    reason: 'an operation has no series before its first error',
  },
  { metric: 'redis_requests_total', matcher: 'status="error"', reason: 'Redis answers' },
  { metric: 'cache_requests_total', matcher: 'result="bypass"', reason: 'Redis answers' },
  { metric: 'cache_requests_total', matcher: 'result="error"', reason: 'Postgres answers' },
  {
    metric: 'cache_requests_total',
    matcher: 'result="stale"',
    reason: 'needs two requests for one key, closer than 250 ms around a commit',
  },
  {
    metric: 'nodejs_active_requests',
    reason: 'a type has a series only while Node has such a request under way',
  },
  { metric: 'sse_events_total', reason: 'nobody follows the stream' },
];

import { serviceNames } from '@souk/contracts/services.ts';
import { type Dashboard, row } from './dashboard.ts';
import { graph, type Panel } from './panel.ts';
import { apiRoutes, percentile, perSecond } from './promql.ts';
import { none, rising } from './thresholds.ts';

const howTo = `**From a bad answer.** Every answer carries \`x-request-id\`, and every log line of that request the same \`request_id\` and, with tracing on, \`trace_id\`.

**Logs** are JSON lines on standard output:

\`\`\`sh
docker compose logs --no-log-prefix user | jq -R 'fromjson? | select(.level >= 40)'        # warnings and errors
docker compose logs --no-log-prefix | jq -R 'fromjson? | select(.trace_id == "…")'         # one trace, all services
kubectl logs -l app.kubernetes.io/part-of=souk --tail=-1 | jq -R 'fromjson? | select(.level >= 50)'
tail -f .souk/logs/*.log                                                                    # npm start
\`\`\`

**Traces** are in [Jaeger](\${jaeger:raw}): HTTP → SQL → outbox → Kafka → projection is one trace. A service sends them when \`OTEL_EXPORTER_OTLP_ENDPOINT\` is set.

**From a graph.** Choose the time of the trouble in the graphs below, then look for that service and that time in the logs, or for its slow traces in Jaeger.`;

const latestTraces = (service: string): Panel => ({
  kind: 'traces',
  title: `Latest traces of ${service}`,
  description:
    'The last 20 in the time shown, from Jaeger; none without tracing. A click opens the trace. From the request to its ' +
    'last projection: yellow from the 250 ms of the latency objective on, red from the 1 s of the freshness objective.',
  unit: 'µs',
  thresholds: rising(250_000, 1_000_000),
  alert: 'SoukFreshnessBudgetBurnsFast',
  service,
  width: 12,
});

/** Where to go from a graph to the log line and the trace. */
export const logsAndTraces: Dashboard = {
  uid: 'souk-logs-and-traces',
  title: 'Logs and traces',
  description: 'Where to go from a graph to the log line and the trace.',
  traces: true,
  addresses: [{ name: 'jaeger', label: 'Address of Jaeger', usual: 'http://localhost:16686' }],
  rows: [
    row('Where to look', {
      kind: 'text',
      title: 'How to find a log line and a trace',
      description: 'The ways from an answer, a log line or a graph to the others, and to the trace.',
      content: howTo,
      width: 24,
      height: 11,
    }),
    row(
      'When to look',
      graph(
        'Failed requests',
        'Answered with a 5xx per second. The log has a line for each, with its request id; none while a service starts.',
        { unit: 'reqps', thresholds: none, alert: 'SoukAvailabilityBudgetBurnsFast' },
        [
          perSecond('http_requests_total', 'service, route', `${apiRoutes}, status=~"5.."`),
          '{{service}} {{route}}',
        ],
      ),
      graph(
        'Slowest requests, p99',
        'By service. Its traces of that time say where the time went.',
        { unit: 's', thresholds: rising(0.1, 0.25), alert: 'SoukLatencyBudgetBurnsFast' },
        [percentile(0.99, 'http_request_duration_seconds', 'service', apiRoutes), '{{service}}'],
      ),
      graph(
        'Refused messages, and tries that failed',
        'Per second: each has a line in the log of its service, with topic, partition and offset.',
        { unit: 'cps', thresholds: none, alert: 'SoukDeadLettersArriving' },
        [perSecond('kafka_processing_errors_total', 'service'), '{{service}}'],
      ),
    ),
    { title: 'Traces', panels: serviceNames.map(latestTraces) },
  ],
};

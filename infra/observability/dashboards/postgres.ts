import { type Dashboard, row } from './dashboard.ts';
import { graph, type Query, stat } from './panel.ts';
import { mean, percentile, perSecond, select, share } from './promql.ts';
import { neutral, none, rising } from './thresholds.ts';

const kinds = [
  {
    name: 'writes',
    good: 'db_successful_saves_total',
    bad: 'db_failed_saves_total',
    took: 'db_save_duration_seconds',
  },
  {
    name: 'reads of one',
    good: 'db_successful_gets_total',
    bad: 'db_failed_gets_total',
    took: 'db_get_duration_seconds',
  },
  {
    name: 'reads of many',
    good: 'db_successful_get_all_total',
    bad: 'db_failed_get_all_total',
    took: 'db_get_all_duration_seconds',
  },
];
const duration = { unit: 's', thresholds: rising(0.05, 0.25), alert: 'SoukPostgresPoolExhausted' };
const query = 'db_query_duration_seconds';

/** The services' work on Postgres: how much, how fast, what failed, and whether connections are short. */
export const postgres: Dashboard = {
  uid: 'souk-postgres',
  title: 'Postgres',
  description:
    "The services' work on Postgres: how much, how fast, what failed, and whether connections are short.",
  rows: [
    row(
      'Work',
      graph(
        'Writes and reads',
        'Per second, of all chosen services.',
        { unit: 'ops', thresholds: neutral },
        ...kinds.map(({ name, good }): Query => [perSecond(good, 'service'), `{{service}} ${name}`]),
      ),
      graph(
        'Failed share',
        'Of the writes and reads. A refused duplicate counts as a failed write here.',
        { unit: 'percentunit', thresholds: rising(0.01, 0.1), alert: 'SoukPostgresConnectionsFail' },
        ...kinds.map(
          ({ name, good, bad }): Query => [
            share(
              perSecond(bad, 'service'),
              `(${perSecond(good, 'service')} + ${perSecond(bad, 'service')})`,
            ),
            `{{service}} ${name}`,
          ],
        ),
      ),
      graph(
        'Duration by kind, average and p95',
        'Of writes, reads of one entity and reads of many; waiting for a connection included.',
        duration,
        ...kinds.flatMap(({ name, took }): Query[] => [
          [mean(took, 'service'), `{{service}} ${name} average`],
          [percentile(0.95, took, 'service'), `{{service}} ${name} p95`],
        ]),
      ),
    ),
    row(
      'Operations',
      graph(
        'Where the time goes: the ten costliest operations',
        'Seconds of work per second, by named operation: how often times how long.',
        { unit: 'percentunit', thresholds: rising(0.5, 1), alert: 'SoukPostgresPoolExhausted' },
        [`topk(10, ${perSecond(`${query}_sum`, 'service, operation')})`, '{{service}} {{operation}}'],
      ),
      graph('p95: the ten slowest operations', '95 of 100 were faster, by named operation.', duration, [
        `topk(10, ${percentile(0.95, query, 'service, operation')})`,
        '{{service}} {{operation}}',
      ]),
      graph(
        'Errors by operation',
        'Per second, by named operation.',
        { unit: 'ops', thresholds: none, alert: 'SoukPostgresConnectionsFail' },
        [perSecond('db_query_errors_by_operation_total', 'service, operation'), '{{service}} {{operation}}'],
      ),
    ),
    row(
      'Connections',
      graph(
        'Open connections',
        'Per replica, beside the most that its pool opens. All open is normal after load, as long as none waits.',
        { unit: 'none', thresholds: neutral, alert: 'SoukPostgresPoolExhausted' },
        [select('db_connections_open'), '{{service}} {{instance}} open'],
        [select('db_connections_max_open'), '{{service}} {{instance}} most'],
      ),
      graph(
        'Wait for a connection, p95',
        'Of transactions: until they have a connection and have begun. Over 250 ms the pool is short.',
        { unit: 's', thresholds: rising(0.05, 0.25), alert: 'SoukPostgresPoolExhausted' },
        [
          percentile(0.95, 'db_connection_acquire_duration_seconds', 'service, instance'),
          '{{service}} {{instance}}',
        ],
      ),
      graph('Connections taken', 'For transactions, per second.', { unit: 'ops', thresholds: neutral }, [
        perSecond('db_connection_acquire_total', 'service'),
        '{{service}}',
      ]),
      stat(
        'Opening a connection',
        'Mean duration since the start, by service. Long ones point at the network or a busy server.',
        { unit: 's', thresholds: rising(0.05, 0.5), alert: 'SoukPostgresConnectionsFail', width: 12 },
        [
          `sum by (service) (${select('db_connection_establish_duration_seconds_sum')}) / (sum by (service) (${select('db_connection_establish_duration_seconds_count')}) > 0)`,
          '{{service}}',
        ],
      ),
      stat(
        'Migrations at start',
        'How long preparing the schema took at the last start, by service.',
        { unit: 's', thresholds: rising(10, 60), width: 12 },
        [`max by (service) (${select('db_init_duration_seconds_sum')})`, '{{service}}'],
      ),
    ),
    row(
      'Errors',
      graph(
        'Connections refused or lost',
        'Per second. Nothing is right.',
        { unit: 'ops', thresholds: none, alert: 'SoukPostgresConnectionsFail' },
        [perSecond('db_connection_errors_total', 'service'), '{{service}}'],
      ),
      graph(
        'Writes rolled back',
        'Per second. Conflicts, such as an e-mail that is taken, are among them.',
        { unit: 'ops', thresholds: rising(1, 10), alert: 'SoukPostgresConnectionsFail' },
        [perSecond('db_transaction_errors_total', 'service'), '{{service}}'],
      ),
      graph(
        'Work that failed',
        'Reads and writes that failed for any reason, per second.',
        { unit: 'ops', thresholds: rising(1, 10), alert: 'SoukPostgresConnectionsFail' },
        [perSecond('db_query_errors_total', 'service'), '{{service}}'],
      ),
    ),
  ],
};

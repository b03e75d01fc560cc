import type { Dashboard } from './dashboard.ts';
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
    {
      title: 'Work',
      panels: [
        {
          kind: 'graph',
          title: 'Writes and reads',
          description: 'Per second, of all chosen services.',
          unit: 'ops',
          thresholds: neutral,
          queries: kinds.map(({ name, good }) => ({
            expr: perSecond(good, 'service'),
            legend: `{{service}} ${name}`,
          })),
        },
        {
          kind: 'graph',
          title: 'Failed share',
          description: 'Of the writes and reads. A refused duplicate counts as a failed write here.',
          unit: 'percentunit',
          thresholds: rising(0.01, 0.1),
          alert: 'SoukPostgresConnectionsFail',
          queries: kinds.map(({ name, good, bad }) => ({
            expr: share(
              perSecond(bad, 'service'),
              `(${perSecond(good, 'service')} + ${perSecond(bad, 'service')})`,
            ),
            legend: `{{service}} ${name}`,
          })),
        },
        {
          kind: 'graph',
          title: 'Duration by kind, average and p95',
          description: 'Of writes, reads of one entity and reads of many; waiting for a connection included.',
          ...duration,
          queries: kinds.flatMap(({ name, took }) => [
            { expr: mean(took, 'service'), legend: `{{service}} ${name} average` },
            { expr: percentile(0.95, took, 'service'), legend: `{{service}} ${name} p95` },
          ]),
        },
      ],
    },
    {
      title: 'Operations',
      panels: [
        {
          kind: 'graph',
          title: 'Where the time goes: the ten costliest operations',
          description: 'Seconds of work per second, by named operation: how often times how long.',
          unit: 'percentunit',
          thresholds: rising(0.5, 1),
          alert: 'SoukPostgresPoolExhausted',
          queries: [
            {
              expr: `topk(10, ${perSecond(`${query}_sum`, 'service, operation')})`,
              legend: '{{service}} {{operation}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'p95: the ten slowest operations',
          description: '95 of 100 were faster, by named operation.',
          ...duration,
          queries: [
            {
              expr: `topk(10, ${percentile(0.95, query, 'service, operation')})`,
              legend: '{{service}} {{operation}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Errors by operation',
          description: 'Per second, by named operation.',
          unit: 'ops',
          thresholds: none,
          alert: 'SoukPostgresConnectionsFail',
          queries: [
            {
              expr: perSecond('db_query_errors_by_operation_total', 'service, operation'),
              legend: '{{service}} {{operation}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Connections',
      panels: [
        {
          kind: 'graph',
          title: 'Open connections',
          description:
            'Per replica, beside the most that its pool opens. All open is normal after load, as long as none waits.',
          unit: 'none',
          thresholds: neutral,
          alert: 'SoukPostgresPoolExhausted',
          queries: [
            { expr: select('db_connections_open'), legend: '{{service}} {{instance}} open' },
            { expr: select('db_connections_max_open'), legend: '{{service}} {{instance}} most' },
          ],
        },
        {
          kind: 'graph',
          title: 'Wait for a connection, p95',
          description:
            'Of transactions: until they have a connection and have begun. Over 250 ms the pool is short.',
          unit: 's',
          thresholds: rising(0.05, 0.25),
          alert: 'SoukPostgresPoolExhausted',
          queries: [
            {
              expr: percentile(0.95, 'db_connection_acquire_duration_seconds', 'service, instance'),
              legend: '{{service}} {{instance}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Connections taken',
          description: 'For transactions, per second.',
          unit: 'ops',
          thresholds: neutral,
          queries: [{ expr: perSecond('db_connection_acquire_total', 'service'), legend: '{{service}}' }],
        },
        {
          kind: 'stat',
          title: 'Opening a connection',
          description:
            'Mean duration since the start, by service. Long ones point at the network or a busy server.',
          unit: 's',
          thresholds: rising(0.05, 0.5),
          alert: 'SoukPostgresConnectionsFail',
          width: 12,
          queries: [
            {
              expr: `sum by (service) (${select('db_connection_establish_duration_seconds_sum')}) / (sum by (service) (${select('db_connection_establish_duration_seconds_count')}) > 0)`,
              legend: '{{service}}',
            },
          ],
        },
        {
          kind: 'stat',
          title: 'Migrations at start',
          description: 'How long preparing the schema took at the last start, by service.',
          unit: 's',
          thresholds: rising(10, 60),
          width: 12,
          queries: [
            { expr: `max by (service) (${select('db_init_duration_seconds_sum')})`, legend: '{{service}}' },
          ],
        },
      ],
    },
    {
      title: 'Errors',
      panels: [
        {
          kind: 'graph',
          title: 'Connections refused or lost',
          description: 'Per second. Nothing is right.',
          unit: 'ops',
          thresholds: none,
          alert: 'SoukPostgresConnectionsFail',
          queries: [{ expr: perSecond('db_connection_errors_total', 'service'), legend: '{{service}}' }],
        },
        {
          kind: 'graph',
          title: 'Writes rolled back',
          description: 'Per second. Conflicts, such as an e-mail that is taken, are among them.',
          unit: 'ops',
          thresholds: rising(1, 10),
          alert: 'SoukPostgresConnectionsFail',
          queries: [{ expr: perSecond('db_transaction_errors_total', 'service'), legend: '{{service}}' }],
        },
        {
          kind: 'graph',
          title: 'Work that failed',
          description: 'Reads and writes that failed for any reason, per second.',
          unit: 'ops',
          thresholds: rising(1, 10),
          alert: 'SoukPostgresConnectionsFail',
          queries: [{ expr: perSecond('db_query_errors_total', 'service'), legend: '{{service}}' }],
        },
      ],
    },
  ],
};

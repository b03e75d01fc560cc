import type { Dashboard } from './dashboard.ts';
import { inRange, mean, percentile, perSecond, select, share } from './promql.ts';
import { falling, neutral, none, rising } from './thresholds.ts';

const commands = 'redis_requests_total';
const took = 'redis_request_duration_seconds';
const answers = 'cache_requests_total';
const execution = { unit: 's', thresholds: rising(0.01, 0.05), alert: 'SoukRedisGone' };

/** Redis, and what the caches spare the databases. */
export const redisAndCache: Dashboard = {
  uid: 'souk-redis-and-cache',
  title: 'Redis and cache',
  description:
    'Redis, and what the caches spare the databases. Without Redis every answer is still right, only slower.',
  rows: [
    {
      title: 'Redis',
      panels: [
        {
          kind: 'stat',
          title: 'Operations in the time shown',
          description: 'Number of commands sent to Redis.',
          unit: 'short',
          thresholds: neutral,
          width: 6,
          queries: [{ expr: inRange(commands, 'operation'), legend: '{{operation}}' }],
        },
        {
          kind: 'stat',
          title: 'Execution time, average',
          description: 'Of a command, from sending it to its reply.',
          ...execution,
          width: 6,
          queries: [{ expr: mean(took, 'service') }],
        },
        {
          kind: 'stat',
          title: 'Failed commands',
          description: 'Share that got no reply within 100 ms, or an error. A miss is no failure.',
          unit: 'percentunit',
          thresholds: rising(0.01, 0.1),
          alert: 'SoukRedisGone',
          width: 6,
          queries: [
            { expr: share(perSecond(commands, 'service', 'status="error"'), perSecond(commands, 'service')) },
          ],
        },
        {
          kind: 'stat',
          title: 'Hit share of Redis',
          description: 'Of the keys asked for, how many were there.',
          unit: 'percentunit',
          thresholds: falling(0.2, 0.5),
          width: 6,
          queries: [
            {
              expr: share(
                perSecond(commands, 'service', 'status="hit"'),
                perSecond(commands, 'service', 'status=~"hit|miss"'),
              ),
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Number of operations',
          description: 'Commands per second, by command.',
          unit: 'ops',
          thresholds: neutral,
          queries: [{ expr: perSecond(commands, 'operation'), legend: '{{operation}}' }],
          width: 8,
        },
        {
          kind: 'graph',
          title: 'Execution time',
          description: 'Average, p95 and p99 by command. 100 ms is the most that anything waits for Redis.',
          ...execution,
          width: 8,
          queries: [
            { expr: mean(took, 'operation'), legend: '{{operation}} average' },
            { expr: percentile(0.95, took, 'operation'), legend: '{{operation}} p95' },
            { expr: percentile(0.99, took, 'operation'), legend: '{{operation}} p99' },
          ],
        },
        {
          kind: 'graph',
          title: 'Outcomes',
          description: 'Commands per second, by outcome. Errors alone mean that Redis is gone.',
          unit: 'ops',
          thresholds: neutral,
          alert: 'SoukRedisGone',
          width: 8,
          queries: [{ expr: perSecond(commands, 'status'), legend: '{{status}}' }],
        },
      ],
    },
    {
      title: 'Caches: memory, Redis, source',
      panels: [
        {
          kind: 'graph',
          title: 'Answers by tier',
          description: 'Per second. Memory is asked first, then Redis, then the source: Postgres.',
          unit: 'ops',
          thresholds: neutral,
          queries: [
            { expr: perSecond(answers, 'service, tier, result'), legend: '{{service}} {{tier}} {{result}}' },
          ],
        },
        {
          kind: 'graph',
          title: 'Hit share of memory',
          description: 'Answers given from the memory of the process, slightly stale ones included.',
          unit: 'percentunit',
          thresholds: falling(0.2, 0.5),
          max: 1,
          queries: [
            {
              expr: share(
                perSecond(answers, 'service', 'tier="memory", result=~"hit|stale"'),
                perSecond(answers, 'service', 'tier="memory"'),
              ),
              legend: '{{service}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Stale, and past the cache',
          description:
            'Stale: up to 250 ms old while a newer answer is loaded. Past the cache: Redis cannot say what is new.',
          unit: 'ops',
          thresholds: neutral,
          alert: 'SoukRedisGone',
          queries: [
            { expr: perSecond(answers, 'service', 'result="stale"'), legend: '{{service}} stale' },
            { expr: perSecond(answers, 'service', 'result="bypass"'), legend: '{{service}} past the cache' },
          ],
        },
        {
          kind: 'graph',
          title: 'Loads from the source that failed',
          description: 'Per second. Nothing is right; requests fail with them.',
          unit: 'ops',
          thresholds: none,
          alert: 'SoukAvailabilityBudgetBurnsFast',
          queries: [
            {
              expr: `sum by (service) (rate(${select(answers, 'tier="source", result="error"')}[$__rate_interval]))`,
              legend: '{{service}}',
            },
          ],
        },
      ],
    },
  ],
};

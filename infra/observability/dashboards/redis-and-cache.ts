import { type Dashboard, row } from './dashboard.ts';
import { graph, stat } from './panel.ts';
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
    row(
      'Redis',
      stat(
        'Operations in the time shown',
        'Number of commands sent to Redis.',
        { unit: 'short', thresholds: neutral, width: 6 },
        [inRange(commands, 'operation'), '{{operation}}'],
      ),
      stat(
        'Execution time, average',
        'Of a command, from sending it to its reply.',
        { ...execution, width: 6 },
        mean(took, 'service'),
      ),
      stat(
        'Failed commands',
        'Share that got no reply within 100 ms, or an error. A miss is no failure.',
        { unit: 'percentunit', thresholds: rising(0.01, 0.1), alert: 'SoukRedisGone', width: 6 },
        share(perSecond(commands, 'service', 'status="error"'), perSecond(commands, 'service')),
      ),
      stat(
        'Hit share of Redis',
        'Of the keys asked for, how many were there.',
        { unit: 'percentunit', thresholds: falling(0.2, 0.5), width: 6 },
        share(
          perSecond(commands, 'service', 'status="hit"'),
          perSecond(commands, 'service', 'status=~"hit|miss"'),
        ),
      ),
      graph(
        'Number of operations',
        'Commands per second, by command.',
        { unit: 'ops', thresholds: neutral, width: 8 },
        [perSecond(commands, 'operation'), '{{operation}}'],
      ),
      graph(
        'Execution time',
        'Average, p95 and p99 by command. 100 ms is the most that anything waits for Redis.',
        { ...execution, width: 8 },
        [mean(took, 'operation'), '{{operation}} average'],
        [percentile(0.95, took, 'operation'), '{{operation}} p95'],
        [percentile(0.99, took, 'operation'), '{{operation}} p99'],
      ),
      graph(
        'Outcomes',
        'Commands per second, by outcome. Errors alone mean that Redis is gone.',
        { unit: 'ops', thresholds: neutral, alert: 'SoukRedisGone', width: 8 },
        [perSecond(commands, 'status'), '{{status}}'],
      ),
    ),
    row(
      'Caches: memory, Redis, source',
      graph(
        'Answers by tier',
        'Per second. Memory is asked first, then Redis, then the source: Postgres.',
        { unit: 'ops', thresholds: neutral },
        [perSecond(answers, 'service, tier, result'), '{{service}} {{tier}} {{result}}'],
      ),
      graph(
        'Hit share of memory',
        'Answers given from the memory of the process, slightly stale ones included.',
        { unit: 'percentunit', thresholds: falling(0.2, 0.5), max: 1 },
        [
          share(
            perSecond(answers, 'service', 'tier="memory", result=~"hit|stale"'),
            perSecond(answers, 'service', 'tier="memory"'),
          ),
          '{{service}}',
        ],
      ),
      graph(
        'Stale, and past the cache',
        'Stale: up to 250 ms old while a newer answer is loaded. Past the cache: Redis cannot say what is new.',
        { unit: 'ops', thresholds: neutral, alert: 'SoukRedisGone' },
        [perSecond(answers, 'service', 'result="stale"'), '{{service}} stale'],
        [perSecond(answers, 'service', 'result="bypass"'), '{{service}} past the cache'],
      ),
      graph(
        'Loads from the source that failed',
        'Per second. Nothing is right; requests fail with them.',
        { unit: 'ops', thresholds: none, alert: 'SoukAvailabilityBudgetBurnsFast' },
        [
          `sum by (service) (rate(${select(answers, 'tier="source", result="error"')}[$__rate_interval]))`,
          '{{service}}',
        ],
      ),
    ),
  ],
};

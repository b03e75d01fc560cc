/**
 * What observing costs, as ratios: requests per second of the user service, and events per second from a batch's
 * request to analytics' tables, with all or a tenth of the requests traced, and without metrics, against metrics alone.
 * Real services, an embedded Postgres and the in-memory broker for each; medians of alternating rounds. About 4 minutes.
 *   node packages/acceptance/src/bench/observability-cost.ts [ROUNDS]
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { testPostgres } from '@souk/testing/postgres.ts';
import { spawnService } from '@souk/testing/service.ts';
import { startLoader } from './load/loader.ts';
import { sendAll } from './load/send-all.ts';
import { median } from './report/figure.ts';

const rounds = Number(process.argv[2] ?? 7);
const connections = 16;
const requestsForMs = 2_000;
const batches = 5;
const batchSize = 1_000;
const pollMs = 20;

const loader = startLoader();

/** Takes spans and throws them away. */
const sink = createServer((incoming, response) => {
  incoming.resume().on('end', () => response.end('{}'));
});
await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
const traced = (share: number) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(sink.address() as AddressInfo).port}`,
  OTEL_TRACES_SAMPLER_ARG: `${share}`,
});

/** A user and an analytics service with everything of their own. */
const openPair = async (name: string, env: Record<string, string>) => {
  const [postgres, broker] = await Promise.all([
    testPostgres(),
    testBroker(kafkaTopics.map((topic) => topic.name)),
  ]);
  const common = {
    ...{ KAFKA_BROKERS: broker.brokers, KAFKA_FETCH_WAIT_MAX_MS: '10', KAFKA_SESSION_TIMEOUT_MS: '4000' },
    ...{ LOG_LEVEL: 'warn', ...env },
  };
  const [user, analytics] = await Promise.all([
    spawnService('user', { ...common, DATABASE_URL: postgres.url('user_service') }),
    spawnService('analytics', { ...common, DATABASE_URL: postgres.url('analytics_service') }),
  ]);
  await Promise.all([user.ready(), analytics.ready()]);
  const post = (path: string, body: object) => sendAll(user.url, [{ path, body: JSON.stringify(body) }]);
  const { answers } = await post('/api/v1/users', { email: 'ada@example.com', name: 'Ada' });
  const view = { user_id: answers[0].id, type: 'view' };

  const applied = async () => {
    const metrics = await (await fetch(`${analytics.url}/metrics`)).text();
    return metrics
      .split('\n')
      .filter((line) => /^kafka_messages_consumed_total\{.*status="applied"/.test(line))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  const requestsPerSecond = async () => {
    const { perSecond } = await loader.send({
      ...{ origin: user.url, method: 'POST', paths: ['/api/v1/events'], bodies: [JSON.stringify(view)] },
      ...{ connections, durationMs: requestsForMs },
    });
    return perSecond;
  };
  const eventsPerSecond = async () => {
    const wanted = (await applied()) + batches * batchSize;
    const startedAt = performance.now();
    const events = Array.from({ length: batchSize }, () => view);
    for (let batch = 0; batch < batches; batch += 1) await post('/api/v1/events/batch', { events });
    while ((await applied()) < wanted) await sleep(pollMs);
    return (1_000 * batches * batchSize) / (performance.now() - startedAt);
  };
  const close = async () => {
    await Promise.all([user.stop(), analytics.stop()]);
    await Promise.all([broker.stop(), postgres.remove()]);
  };
  /** What is left of the round before must not count. */
  const waitUntilIdle = async () => {
    for (let before = -1, now = await applied(); now !== before; now = await applied()) {
      before = now;
      await sleep(10 * pollMs);
    }
  };
  return { name, requestsPerSecond, eventsPerSecond, waitUntilIdle, close };
};

const preload = fileURLToPath(
  new URL('../../../service-kit/src/testing/without-metrics.mjs', import.meta.url),
);
const pairs = [
  await openPair('metrics', {}),
  await openPair('metrics, a tenth traced', traced(0.1)),
  await openPair('metrics, all traced', traced(1)),
  await openPair('no metrics', { NODE_OPTIONS: `--import ${preload}` }),
];
const rates = pairs.map(() => ({ requests: [] as number[], events: [] as number[] }));
// The first round warms up.
for (let round = 0; round <= rounds; round += 1)
  for (const [index, pair] of pairs.entries()) {
    const requests = await pair.requestsPerSecond();
    await pair.waitUntilIdle();
    const events = await pair.eventsPerSecond();
    if (round === 0) continue;
    rates[index]?.requests.push(requests);
    rates[index]?.events.push(events);
  }

const [base] = rates;
for (const [index, pair] of pairs.entries()) {
  const of = (kind: 'requests' | 'events') => {
    const rate = median(rates[index]?.[kind] ?? []);
    return `${Math.round(rate)} ${kind}/s, ratio ${(rate / median(base?.[kind] ?? [])).toFixed(2)}`;
  };
  console.log(`${pair.name}: ${of('requests')}; ${of('events')}`);
}
await Promise.all(pairs.map((pair) => pair.close()));
await loader.stop();
sink.close();

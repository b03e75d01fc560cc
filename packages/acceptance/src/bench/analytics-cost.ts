/**
 * What each answer of analytics costs over tables of a synthetic shop, one after the other, and the time of a folding.
 * 1 is 10,000 products, 100,000 users and 1,000,000 rows of rollups; 10 takes some minutes and 5 GB.
 *   node packages/acceptance/src/bench/analytics-cost.ts SCALE FOLDER [MODE] [PATTERN]
 * MODE is `answers`; `at-once`, eight at a time; `plans`, which prints how Postgres reads: EXPLAIN (ANALYZE, BUFFERS) of every
 * statement; or `folding`. Questions are those whose name the regular expression PATTERN matches.
 * The folder keeps the tables for the next run; remove it afterwards.
 */
import { performance } from 'node:perf_hooks';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import { startPostgres } from '@souk/embedded/postgres.ts';
import { asSuperuser, databaseUrl } from '@souk/embedded/postgres-database.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { spawnService } from '@souk/testing/service.ts';
import postgres from 'postgres';
import { Pool } from 'undici';
import { type AnalyticsQuestion, analyticsQuestions, questionsOfBerlin } from './analytics-questions.ts';
import { fillTables, shopId } from './analytics-tables.ts';
import { processorMs, residentMiB, sessionsMs } from './stack/process-stats.ts';
import { productionEnv } from './stack/production.ts';

const [scale = '1', folder = '/tmp/souk-analytics-cost', mode = 'answers', pattern = ''] =
  process.argv.slice(2);
const size = { products: 10_000 * Number(scale), users: 100_000 * Number(scale) };
const [answersMin, answersMax, secondsMax] = [50, 100, 1.5];

const serverLog: string[] = [];
const server = await startPostgres({ folder, onLine: (line) => void serverLog.push(line) });
const broker = await testBroker(kafkaTopics.map(({ name }) => name));
const superuser = (statements: readonly string[]) =>
  asSuperuser(server.address, 'souk', async (sql) => {
    for (const statement of statements) await sql.unsafe(statement);
  });
// A checkpoint in the middle of the filling, or of a measurement, would be measured, too.
await superuser([
  `alter system set max_wal_size = '16GB'`,
  `alter system set checkpoint_timeout = '1h'`,
  `alter system set session_preload_libraries = 'auto_explain'`,
  'select pg_reload_conf()',
]);

const startService = async () => {
  const started = await spawnService('analytics', {
    ...{ ...productionEnv(), LOG_LEVEL: 'warn', KAFKA_BROKERS: broker.brokers },
    DATABASE_URL: databaseUrl(server.address, 'analytics_service'),
  });
  await started.ready();
  return started;
};

// Its migrations make the tables.
await (await startService()).stop();
const sql = postgres(databaseUrl(server.address, 'analytics_service'), { max: 1, onnotice: () => undefined });
const count = async (what: string) => Number((await sql.unsafe(`select count(*) from ${what}`))[0]?.count);
const seconds = (since: number) => ((performance.now() - since) / 1_000).toFixed(1);
const filledAt = performance.now();
if ((await count('experiments')) === 0) {
  const rows = await fillTables(sql, size);
  await superuser(['checkpoint']);
  console.log(`filled with ${rows} rows of rollups in ${seconds(filledAt)} s`);
}
const [held] = await sql`select pg_database_size(current_database()) / 1048576 as mebibytes`;
console.log(`${size.products} products, ${size.users} users, ${held?.mebibytes} MiB`);

const service = await startService();
const { url } = service;
const rankedAt = performance.now();
const ranked = 'product_rankings where not stale';
const behind = `ranking_windows where until < now() - interval '1 minute'`;
await eventually(
  async () => {
    if ((await count(ranked)) < 30 || (await count(behind)) > 0) throw new Error('not ranked');
  },
  { timeoutMs: 240_000 },
);
console.log(`rankings made in ${seconds(rankedAt)} s`);

const pool = new Pool(url, { connections: 8 });
const ask = async ([, pathOf, accept = 'application/json']: AnalyticsQuestion) => {
  const path = pathOf();
  const { statusCode, body } = await pool.request({ path, method: 'GET', headers: { accept } });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${path}: ${statusCode}: ${text}`);
  return text.length;
};

/** Times of answers in ms: p50, p95, p99, and the processor time of the service and of Postgres for each. */
const measure = async (question: AnalyticsQuestion, clients: number): Promise<number[]> => {
  const times: number[] = [];
  for (let n = 0; n < 5 * clients; n++) await ask(question);
  const used = [processorMs(service.pid), await sessionsMs(sql)] as const;
  const until = performance.now() + secondsMax * 1_000;
  const client = async () => {
    while (times.length < answersMin || (times.length < answersMax && performance.now() < until)) {
      const askedAt = performance.now();
      await ask(question);
      times.push(performance.now() - askedAt);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const spent = [processorMs(service.pid) - used[0], (await sessionsMs(sql)) - used[1]];
  times.sort((a, b) => a - b);
  return [
    ...[0.5, 0.95, 0.99].map((share) => times[Math.floor(share * times.length)] as number),
    ...spent.map((ms) => ms / times.length),
  ];
};

const report = async (question: AnalyticsQuestion) => {
  const bytes = await ask(question);
  const times = await measure(question, mode === 'at-once' ? 8 : 1);
  console.log(`| ${question[0]} | ${bytes} | ${times.map((ms) => ms.toFixed(1)).join(' | ')} |`);
};

/** The foldings so far: how many, and the seconds of all. */
const folded = async () => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string) => {
    const line = new RegExp(`^db_query_duration_seconds_${name}\\{[^}]*"fold_products"[^}]*\\} (\\S+)$`, 'm');
    return Number(line.exec(text)?.[1] ?? 0);
  };
  return { count: read('count'), sum: read('sum') };
};

/** How long the transactions take that add 50,000 changes of as many products as there are, or 50,000. */
const foldOnce = async () => {
  const before = await folded();
  const ids = shopId(0).slice(0, 24);
  await sql`
    insert into product_changes (bucket, product_id, currency, views, likes, carts, purchases, units, returned_units,
      gross_minor, refunded_minor)
    select date_trunc('minute', now(), 'UTC'), (${ids} || lpad(to_hex(1 + (n * 7919) % ${size.products}), 12, '0'))::uuid,
      case n % 5 when 0 then 'USD' else '' end, case n % 5 when 0 then 0 else 1 end, 0, 0, 0, 0, 0,
      case n % 5 when 0 then 100 else 0 end, 0
    from generate_series(1, 50000) as n`;
  await eventually(
    async () => {
      if ((await count('product_changes')) > 0) throw new Error('not folded');
    },
    { timeoutMs: 120_000 },
  );
  // It is in the metrics when the next one is.
  const atCommit = (await folded()).count;
  await eventually(async () => {
    if ((await folded()).count === atCommit) throw new Error('not counted yet');
  });
  console.log(`folding 50,000 changes: ${((await folded()).sum - before.sum).toFixed(2)} s`);
};

const asked = (questions: readonly AnalyticsQuestion[]) =>
  questions.filter(([name]) => new RegExp(pattern).test(name));

/** Of a shop in UTC, and then what differs in one in Berlin. */
const forAll = async (each: (question: AnalyticsQuestion) => Promise<void>) => {
  for (const question of asked(analyticsQuestions(size))) await each(question);
  await sql`update shop_time_zone set zone = 'Europe/Berlin'`;
  for (const [name, ...rest] of asked(questionsOfBerlin(size)))
    await each([`shop in Berlin: ${name}`, ...rest]);
  await sql`update shop_time_zone set zone = 'UTC'`;
};

const measureAll = async () => {
  console.log('| answer | bytes | p50 | p95 | p99 | service | Postgres |');
  console.log('|---|--:|--:|--:|--:|--:|--:|');
  await forAll(report);
};

const foldAll = async () => {
  for (let pass = 1; pass <= 3; pass++) await foldOnce();
  console.log(`resident: at most ${residentMiB(service.pid).peak.toFixed(0)} MiB`);
};

const explainAll = async () => {
  const logFrom = (minMs: number) =>
    superuser([
      `load 'auto_explain'`,
      ...['analyze', 'buffers'].map((name) => `alter system set auto_explain.log_${name} = on`),
      `alter system set auto_explain.log_min_duration = ${minMs}`,
      'select pg_reload_conf()',
    ]);
  await forAll(async (question) => void (await ask(question)));
  await logFrom(0);
  await forAll(async (question) => {
    serverLog.length = 0;
    await ask(question);
    console.log(`\n## ${question[0]}\n${serverLog.join('\n')}`);
  });
  await logFrom(-1);
};

await ({ plans: explainAll, folding: foldAll }[mode] ?? measureAll)();
await pool.close();
await sql.end();
await service.stop();
await Promise.all([broker.stop(), server.stop()]);

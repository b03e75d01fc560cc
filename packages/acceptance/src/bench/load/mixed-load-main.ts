import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Pool } from 'undici';
import { quantile } from '../report/figure.ts';
import { answerQuestions } from '../stack/worker.ts';
import type { Kind, KindResult, MixedLoad, MixedResult } from './mixed-load.ts';

const clients = 16;
const tickMs = 5;

interface Sent {
  times: number[];
  refused: number;
}

const run = async ({
  origin,
  kinds,
  connections,
  durationMs,
  perSecond,
  look,
}: MixedLoad): Promise<MixedResult> => {
  const pools = new Map(kinds.map(({ name }) => [name, new Pool(origin, { connections })]));
  const sent = new Map(kinds.map(({ name }): [string, Sent] => [name, { times: [], refused: 0 }]));
  const deck = shuffled(kinds);
  const late: number[] = [];
  let number = 0;
  const send = async (dueAt: number): Promise<void> => {
    late.push(performance.now() - dueAt);
    const n = number++;
    const { name, method, paths, bodies } = deck[n % deck.length] as Kind;
    const { statusCode, body } = await (pools.get(name) as Pool).request({
      ...{ path: paths[n % paths.length] as string, method },
      ...(bodies && {
        body: bodies[n % bodies.length] as string,
        headers: { 'content-type': 'application/json' },
      }),
    });
    const text = await body.text();
    const found = sent.get(name) as Sent;
    if (statusCode === 503) found.refused += 1;
    else if (statusCode < 300) found.times.push(performance.now() - dueAt);
    else throw new Error(`${name} was answered with ${statusCode}: ${text}`);
  };
  await Promise.all([...pools.values()].flatMap((pool) => openAll(pool, connections)));
  const loopDelay = monitorEventLoopDelay({ resolution: 1 });
  loopDelay.enable();
  const usedBefore = process.cpuUsage();
  const startedAt = performance.now();
  const until = startedAt + durationMs;
  const client = async () => {
    while (performance.now() < until) await send(performance.now());
  };
  const looks: number[] = [];
  const lookOnce = async (dueAt: number) => {
    const client = new Client(origin);
    await get(client, look?.path ?? '/');
    looks.push(performance.now() - dueAt);
    await client.close();
  };
  await Promise.all([
    ...(perSecond ? [atRate(send, perSecond, until)] : Array.from({ length: clients }, client)),
    ...(look ? [atRate(lookOnce, look.perSecond, until)] : []),
  ]);
  const { user, system } = process.cpuUsage(usedBefore);
  const generator = {
    lateP99Ms: quantile(late, 0.99),
    eventLoopDelayP99Ms: loopDelay.percentile(99) / 1e6,
    processorShare: (user + system) / 1_000 / (performance.now() - startedAt),
  };
  await Promise.all([...pools.values()].map((pool) => pool.close()));
  return {
    kinds: Object.fromEntries([...sent].map(([name, found]) => [name, resultOf(found)])),
    looks,
    generator,
  };
};

/** Opens the connections, as those who ask all the time have them open. */
const openAll = (pool: Pool, connections: number): Promise<void>[] =>
  Array.from({ length: connections }, () => get(pool, '/live'));

const get = async (from: Client | Pool, path: string): Promise<void> => {
  const { body } = await from.request({ path, method: 'GET' });
  await body.dump();
};

/** Requests at their times, whether or not those before are answered. */
const atRate = async (send: (dueAt: number) => Promise<void>, perSecond: number, until: number) => {
  const startedAt = performance.now();
  const all: Promise<void>[] = [];
  let failure: unknown;
  const failed = (error: unknown) => {
    failure ??= error;
  };
  const next = () => startedAt + (1_000 * all.length) / perSecond;
  for (; performance.now() < until && !failure; await pause(tickMs))
    while (next() < performance.now()) all.push(send(next()).catch(failed));
  await Promise.all(all);
  if (failure) throw failure;
};

/** A hundred requests, each kind by its share, always in the same mixed order. */
const shuffled = (kinds: Kind[]): Kind[] => {
  const deck = kinds.flatMap((kind) => Array.from({ length: kind.share }, () => kind));
  // 37 has no factor in common with 100: each place is taken once.
  return deck.map((_, index) => deck[(index * 37) % deck.length] as Kind);
};

const resultOf = ({ times, refused }: Sent): KindResult => ({
  answered: times.length,
  refused,
  p50Ms: quantile(times, 0.5),
  p99Ms: quantile(times, 0.99),
});

answerQuestions(run);

import { Pool } from 'undici';
import { quantile } from '../report/figure.ts';
import { answerQuestions } from '../stack/worker.ts';
import type { Load, LoadResult } from './loader.ts';

const tickMs = 5;
const inFlightMax = 1_000;

/** Sends requests until the time is over and waits for their answers. Rejects when one is refused or lost. */
const run = async (load: Load): Promise<LoadResult> => {
  const pool = new Pool(load.origin, { connections: load.connections });
  const send = sender(pool, load);
  const usedBefore = process.cpuUsage();
  const startedAt = performance.now();
  const times = load.perSecond
    ? await atRate(send, load.perSecond, startedAt + load.durationMs)
    : await asFastAsAnswered(send, load.connections, startedAt + load.durationMs);
  const seconds = (performance.now() - startedAt) / 1_000;
  const used = process.cpuUsage(usedBefore);
  await pool.close();
  return {
    perSecond: times.length / seconds,
    count: times.length,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    processorShare: (used.user + used.system) / 1e6 / seconds,
  };
};

type Send = () => Promise<number>;

/** Sends the next request; gives the time until its answer was read, in ms. */
const sender = (pool: Pool, { method, paths, bodies, tokens }: Load): Send => {
  const run = Date.now().toString(36);
  const type = bodies && { 'content-type': 'application/json' };
  const headersOf = (n: number) =>
    tokens ? { ...type, authorization: `Bearer ${tokens[n % tokens.length]}` } : type;
  let number = 0;
  return () =>
    new Promise((resolve, reject) => {
      const n = number++;
      const sentAt = performance.now();
      let status = 0;
      let refusal = '';
      const headers = headersOf(n);
      const body = bodies?.[n % bodies.length]?.replaceAll('{n}', `${run}-${n}`) ?? null;
      pool.dispatch(
        { path: paths[n % paths.length] as string, method, body, ...(headers && { headers }) },
        {
          onRequestStart: () => undefined,
          onResponseStart: (_, code) => {
            status = code;
          },
          onResponseData: (_, chunk) => {
            if (status >= 300) refusal += chunk;
          },
          onResponseEnd: () =>
            status < 300
              ? resolve(performance.now() - sentAt)
              : reject(new Error(`${method} was answered with ${status}: ${refusal}`)),
          onResponseError: (_, error) => reject(error),
        },
      );
    });
};

/** Each connection sends its next request when the last one is answered. */
const asFastAsAnswered = async (send: Send, connections: number, until: number): Promise<number[]> => {
  const times: number[] = [];
  const client = async () => {
    while (performance.now() < until) times.push(await send());
  };
  await Promise.all(Array.from({ length: connections }, client));
  return times;
};

/** Requests at their times, whether or not those before are answered; at most 1,000 wait. */
const atRate = async (send: Send, perSecond: number, until: number): Promise<number[]> => {
  const startedAt = performance.now();
  const waiting = new Set<Promise<number>>();
  const times: number[] = [];
  let failure: unknown;
  for (let sent = 0; performance.now() < until; await new Promise((resolve) => setTimeout(resolve, tickMs)))
    for (; sent < ((performance.now() - startedAt) / 1_000) * perSecond; sent++) {
      if (failure) throw failure;
      if (waiting.size >= inFlightMax) throw new Error(`${perSecond} requests a second are not answered`);
      const answer = send();
      waiting.add(answer);
      answer.then(
        (time) => {
          waiting.delete(answer);
          times.push(time);
        },
        (error: unknown) => {
          failure = error;
        },
      );
    }
  await Promise.all(waiting);
  return times;
};

answerQuestions(run);

/**
 * The service's strategies on a log of interactions: reads them as NDJSON from standard input, writes progress and at
 * last the report as NDJSON to standard output. `souk eval` starts it with a database of its own, which it empties.
 */
import { createInterface } from 'node:readline';
import { readEnv } from '@souk/service-kit/config/read-env.ts';
import { configSchema, scoringOf } from '../config.ts';
import { evaluate } from './evaluate.ts';
import { createLogBuilder } from './interaction-log.ts';
import { openServed } from './served.ts';

const [seed = 1, questionsMax = 1_000] = process.argv.slice(2).map(Number);
const config = readEnv(configSchema, process.env);
const progressEveryMs = 100;

const write = (message: object) => void process.stdout.write(`${JSON.stringify(message)}\n`);

let writtenAt = 0;
const onProgress = (phase: string, done: number, total: number): void => {
  if (done < total && performance.now() - writtenAt < progressEveryMs) return;
  writtenAt = performance.now();
  write({ phase, done, total });
};

const builder = createLogBuilder();
for await (const line of createInterface({ input: process.stdin })) builder.add(JSON.parse(line));
const log = builder.finish();
const served = await openServed(config.DATABASE_URL, scoringOf(config));
try {
  const protocols = await evaluate(log, served, { seed, questionsMax, onProgress });
  const { size: interactions, userCount: users, productCount: products, sessionCount: sessions } = log;
  write({ report: { seed, interactions, users, products, sessions, protocols } });
} finally {
  await served.close();
}

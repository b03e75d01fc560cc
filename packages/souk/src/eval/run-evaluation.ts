import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { services } from '@souk/contracts/services.ts';
import { startPostgres } from '@souk/embedded/postgres.ts';
import { databaseUrl } from '@souk/embedded/postgres-database.ts';
import type { Interaction } from '@souk/importers/interactions/interaction.ts';
import { root } from '../root.ts';
import type { EvaluationReport } from './evaluation-report.ts';

export interface RunOptions {
  interactions: AsyncIterable<Interaction>;
  seed: number;
  questionsMax: number;
  onProgress(phase: string, done: number, total: number): void;
  signal: AbortSignal;
}

type Message = { phase: string; done: number; total: number } | { report: EvaluationReport };

const main = join(root, 'services/recommendation/src/evaluation/main.ts');
/** Its configuration asks for brokers; the evaluation connects to none. */
const noBrokers = '127.0.0.1:9';

/**
 * Runs the evaluation of the recommendation service in a process of its own, as the mesh runs the service, on a
 * temporary PostgreSQL. Undefined when `signal` ended it. Throws an Error for the user with the last lines of the process
 * when it fails.
 */
export const runEvaluation = async (options: RunOptions): Promise<EvaluationReport | undefined> => {
  const postgres = await startPostgres({ durable: false });
  try {
    return await evaluateOn(databaseUrl(postgres.address, services.recommendation.role), options);
  } finally {
    await postgres.stop();
  }
};

const evaluateOn = async (
  url: string,
  { interactions, seed, questionsMax, onProgress, signal }: RunOptions,
): Promise<EvaluationReport | undefined> => {
  const child = spawn(process.execPath, [main, `${seed}`, `${questionsMax}`], {
    env: { ...process.env, DATABASE_URL: url, KAFKA_BROKERS: noBrokers },
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
  });
  const ended = once(child, 'exit').catch(() => undefined);
  let errors = '';
  child.stderr.on('data', (text: Buffer) => {
    errors = (errors + text).slice(-4_000);
  });
  // A process that ended early says why itself.
  const sent = pipeline(Readable.from(linesOf(interactions)), child.stdin).catch((error: Error) => error);
  let report: EvaluationReport | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const message = JSON.parse(line) as Message;
    if ('report' in message) report = message.report;
    else onProgress(message.phase, message.done, message.total);
  }
  const [failure] = [await sent, await ended];
  if (report || signal.aborted) return report;
  if (failure instanceof Error && errors === '') throw failure;
  throw new Error(`the evaluation ended without a report:\n${errors.trim()}`);
};

async function* linesOf(interactions: AsyncIterable<Interaction>): AsyncGenerator<string> {
  for await (const interaction of interactions) yield `${JSON.stringify(interaction)}\n`;
}

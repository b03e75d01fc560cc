import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceName } from '@souk/contracts/services.ts';
import { type Answer, call } from '../../http-call.ts';
import type { Random } from '../../random.ts';
import type { ChaosMesh } from '../chaos-mesh.ts';
import type { Journal } from '../journal.ts';

/** What every client of the load works with. */
export interface ClientParts {
  chaos: ChaosMesh;
  journal: Journal;
  random: Random;
  /** True when the load is to end: begin nothing more. */
  isOver: () => boolean;
  /** No answer of `/recommendations` is older than this before its question. */
  promisedMs: number;
}

/** Longer than a slow machine needs. */
const deadlineMs = 30_000;
const retryMs = 100;
/** A mesh that does not acknowledge for so long has not recovered. */
const acknowledgedWithinMs = 180_000;

/** One try, with an answer in 30 seconds or none; each time at the next replica. What is no success goes to the journal. */
export const tryOnce = async (
  { chaos, journal, random }: Pick<ClientParts, 'chaos' | 'journal' | 'random'>,
  service: ServiceName,
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<Answer | undefined> => {
  const replicas = chaos.replicas(service);
  const options = { deadlineMs, ...(headers && { headers }) };
  const answer =
    replicas.length === 0
      ? undefined
      : await call(method, `${random.pick(replicas).url}${path}`, body, options).catch(() => undefined);
  if (answer === undefined || answer.status >= 500)
    journal.refusals.push({
      what: `${method} ${path}: ${answer ? `${answer.status} ${answer.body.code}` : 'no answer'}`,
      atMs: performance.now(),
    });
  return answer;
};

/** Tries until `attempt` gives something; throws when it takes more than three minutes. */
export const untilAcknowledged = async <T>(
  what: string,
  attempt: () => Promise<T | undefined>,
): Promise<T> => {
  const deadline = performance.now() + acknowledgedWithinMs;
  for (;;) {
    const acknowledged = await attempt();
    if (acknowledged !== undefined) return acknowledged;
    if (performance.now() > deadline) throw new Error(`${what} was not acknowledged in three minutes`);
    await pause(retryMs);
  }
};

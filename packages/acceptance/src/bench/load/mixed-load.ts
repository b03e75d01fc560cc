import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Requests of one kind among others. */
export interface Kind {
  name: string;
  /** So many of a hundred requests. */
  share: number;
  method: 'GET' | 'POST';
  /** Taken in turn. */
  paths: string[];
  /** JSON, taken in turn. */
  bodies?: string[];
}

export interface MixedLoad {
  /** http://127.0.0.1:port */
  origin: string;
  kinds: Kind[];
  /** Of each kind: what waits for one in the generator waits for its own kind alone. */
  connections: number;
  durationMs: number;
  /** Requests come at this rate, answered or not; without it 16 clients send one after the other. */
  perSecond?: number;
}

/** What became of the requests of one kind. */
export interface KindResult {
  answered: number;
  /** With 503. */
  refused: number;
  /** Of those answered, from the time at which the request was due. */
  p50Ms: number;
  p99Ms: number;
}

/** How well the generator kept its own times: what it did late is no delay of the service, but is part of its times. */
export interface GeneratorResult {
  /** From the time at which a request was due until it was handed to the client library. */
  lateP99Ms: number;
  eventLoopDelayP99Ms: number;
  /** Of one processor. */
  processorShare: number;
}

export interface MixedResult {
  kinds: Record<string, KindResult>;
  generator: GeneratorResult;
}

const main = fileURLToPath(new URL('./mixed-load-main.ts', import.meta.url));

/** Sends requests of several kinds out of a process of its own. Rejects when one fails in another way than 503. */
export const sendMixed = async (load: MixedLoad): Promise<MixedResult> => {
  const child = fork(main, { execArgv: [] });
  const ended = once(child, 'exit');
  child.send(load);
  const [{ result, failure = 'the load generator ended' } = {}] = (await Promise.race([
    once(child, 'message'),
    ended,
  ])) as [{ result?: MixedResult; failure?: string }?];
  if (child.connected) child.disconnect();
  await ended;
  if (!result) throw new Error(failure);
  return result;
};

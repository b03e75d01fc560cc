import { startWorker } from '../stack/worker.ts';

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
  /** Asked meanwhile, each time on a new connection, as who decides about traffic does. */
  look?: { path: string; perSecond: number };
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
  /** In milliseconds, of each look, from the time at which it was due. */
  looks: number[];
  generator: GeneratorResult;
}

/** Sends requests of several kinds out of a process of its own. Rejects when one fails in another way than 503. */
export const sendMixed = (load: MixedLoad): Promise<MixedResult> => {
  const { ask, stop } = startWorker<MixedLoad, MixedResult>(new URL('./mixed-load-main.ts', import.meta.url));
  return ask(load).finally(stop);
};

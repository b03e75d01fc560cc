import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Requests to one server. */
export interface Load {
  /** http://127.0.0.1:port */
  origin: string;
  method: 'GET' | 'POST';
  /** Taken in turn. */
  paths: string[];
  /** JSON, taken in turn; `{n}` becomes something that no other request has. */
  bodies?: string[];
  /** Access tokens, taken in turn. */
  tokens?: string[];
  connections: number;
  durationMs: number;
  /** Requests come at this rate; without it each connection sends its next request when the last one is answered. */
  perSecond?: number;
}

export interface LoadResult {
  perSecond: number;
  count: number;
  p50Ms: number;
  p99Ms: number;
  /** Of one processor that the generator used. */
  processorShare: number;
}

/** The load generator: a process of its own, so that its work shows neither in the services nor in this process. */
export interface Loader {
  /** Rejects when a request is refused or lost. One load at a time. */
  send(load: Load): Promise<LoadResult>;
  /** The largest `processorShare` so far. */
  busiest(): number;
  stop(): Promise<void>;
}

const main = fileURLToPath(new URL('./load-main.ts', import.meta.url));

export const startLoader = (): Loader => {
  const child = fork(main, { execArgv: [] });
  const ended = once(child, 'exit');
  let busiest = 0;
  return {
    send: async (load) => {
      child.send(load);
      const answer = await Promise.race([once(child, 'message'), ended]);
      const [{ result, failure = 'the load generator ended' } = {}] = answer as [
        { result?: LoadResult; failure?: string }?,
      ];
      if (!result) throw new Error(failure);
      if (!load.perSecond) busiest = Math.max(busiest, result.processorShare);
      return result;
    },
    busiest: () => busiest,
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
};

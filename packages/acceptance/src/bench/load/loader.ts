import { startWorker } from '../stack/worker.ts';

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

/** The load generator, in a process of its own. */
export interface Loader {
  /** Rejects when a request is refused or lost. One load at a time. */
  send(load: Load): Promise<LoadResult>;
  /** The largest `processorShare` so far. */
  busiest(): number;
  stop(): Promise<void>;
}

export const startLoader = (): Loader => {
  const { ask, stop } = startWorker<Load, LoadResult>(new URL('./load-main.ts', import.meta.url));
  let busiest = 0;
  return {
    send: async (load) => {
      const result = await ask(load);
      if (!load.perSecond) busiest = Math.max(busiest, result.processorShare);
      return result;
    },
    busiest: () => busiest,
    stop,
  };
};

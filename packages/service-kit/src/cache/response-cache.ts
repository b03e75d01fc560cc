import { LRUCache } from 'lru-cache';
import { type Metrics, whenCollected } from '../metrics.ts';
import { inTime } from '../timeout.ts';
import { localGeneration, sharedGeneration, staleMsMax } from './generation.ts';
import type { Redis } from './redis.ts';

/**
 * Ready-made answers in this process, of which none is older than the last `advance` that was done, on any replica,
 * 250 ms before its request came: Redis holds the generation that all replicas share, and no answer. No clock decides
 * freshness otherwise: `maxAgeMs` only bounds what a process could leave behind that was killed between its commit
 * and its `advance`.
 */
export interface ResponseCache {
  /**
   * The answer kept under `key`, or what `load` gives; one `load` runs per key, however many ask. `load` reads
   * the source as it is when it is called, and fails after 10 seconds. Rejects when it does. An answer that is there
   * is given at once, without a promise. A text is sent faster than a Buffer: Node writes it together with the headers.
   */
  get(key: string, load: () => Promise<string>): string | Promise<string>;
  /** To be called after every commit that may change an answer. See Generation.advance: do not wait for it. */
  advance(): Promise<void>;
  close(): Promise<void>;
}

export interface ResponseCacheOptions {
  /** Begins every key in Redis, such as `souk:recommendation:`. */
  namespace: string;
  /** Shared with the other replicas; without it there must be only one. */
  redis: Redis | undefined;
  metrics: Metrics;
  entriesMax?: number;
  bytesMax?: number;
}

const maxAgeMs = 60_000;
const ttlResolutionMs = 1_000;
const loadTimeoutMs = 10_000;
const entryOverheadBytes = 200;

interface Entry {
  generation: string;
  body: string;
}

/** A load under way. `asOf`: every change committed before this moment is in its result. */
interface InFlightLoad {
  asOf(): number;
  result: Promise<string>;
  next?: Promise<string>;
}

export const createResponseCache = (options: ResponseCacheOptions): ResponseCache => {
  const { namespace, redis, metrics, entriesMax = 10_000, bytesMax = 8 * 1024 * 1024 } = options;
  const generation = redis ? sharedGeneration(redis, `${namespace}generation`) : localGeneration();
  const requests = metrics.counter('cache_requests_total', 'Answers asked of a tier', ['tier', 'result']);
  // Nearly all are hits: these are added up until somebody looks.
  let hits = 0;
  whenCollected(requests, () => {
    requests.inc({ tier: 'memory', result: 'hit' }, hits);
    hits = 0;
  });
  const entries = new LRUCache<string, Entry>({
    max: entriesMax,
    maxSize: bytesMax,
    sizeCalculation: ({ body }, key) => Buffer.byteLength(body) + 2 * key.length + entryOverheadBytes,
    ttl: maxAgeMs,
    // Without it the clock is read anew every millisecond.
    ttlResolution: ttlResolutionMs,
  });
  const inFlightLoads = new Map<string, InFlightLoad>();

  const answer = (key: string, load: () => Promise<string>): string | Promise<string> => {
    const id = generation.current();
    if (id === undefined) {
      requests.inc({ tier: 'memory', result: 'bypass' });
      return joinLoad(key, load);
    }
    const entry = entries.get(key);
    if (entry?.generation === id) {
      hits += 1;
      return entry.body;
    }
    if (entry && performance.now() - generation.knownAt(entry.generation) < staleMsMax) {
      requests.inc({ tier: 'memory', result: 'stale' });
      joinLoad(key, load).catch(() => undefined);
      return entry.body;
    }
    requests.inc({ tier: 'memory', result: 'miss' });
    return joinLoad(key, load);
  };

  /** Joins the load under way if it is fresh enough; otherwise one that begins after it. Never two at a time. */
  const joinLoad = (key: string, load: () => Promise<string>): Promise<string> => {
    const inFlightLoad = inFlightLoads.get(key);
    if (!inFlightLoad) return startLoad(key, load);
    if (performance.now() - inFlightLoad.asOf() < staleMsMax) return inFlightLoad.result;
    const again = () => answer(key, load);
    inFlightLoad.next ??= inFlightLoad.result.then(again, again);
    return inFlightLoad.next;
  };

  const startLoad = (key: string, load: () => Promise<string>): Promise<string> => {
    const from = generation.current();
    const loadedAt = performance.now();
    const run = async (): Promise<string> => {
      const body = await inTime(load(), loadTimeoutMs, tookTooLong);
      requests.inc({ tier: 'source', result: 'ok' });
      if (from !== undefined) entries.set(key, { generation: from, body });
      return body;
    };
    const result = run()
      .catch((error) => {
        requests.inc({ tier: 'source', result: 'error' });
        throw error;
      })
      .finally(() => generation.loaded(performance.now() - loadedAt));
    const asOf = () => Math.max(loadedAt, from === undefined ? loadedAt : generation.knownAt(from));
    inFlightLoads.set(key, { asOf, result: result.finally(() => inFlightLoads.delete(key)) });
    return (inFlightLoads.get(key) as InFlightLoad).result;
  };

  return {
    get: (key, load) => generation.confirm()?.then(() => answer(key, load)) ?? answer(key, load),
    advance: generation.advance,
    close: generation.close,
  };
};

const tookTooLong = () => Object.assign(new Error('loading took too long'), { code: 'ETIMEDOUT' });

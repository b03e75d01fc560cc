import { randomBytes } from 'node:crypto';
import { wait } from '../service/backoff.ts';
import type { Redis } from './redis.ts';
import { throttle } from './throttle.ts';

/**
 * Which state of the data cached answers belong to. A generation is a random id that never comes back; it ends
 * when somebody commits a change. Times are in milliseconds of performance.now().
 */
export interface Generation {
  /**
   * The generation now, known not to have ended more than `staleMsMax` ago; undefined when that cannot be
   * known. What is loaded from the source from here on belongs to it.
   */
  current(): string | undefined;
  /** The latest moment at which `id` is known to have been the current one; -Infinity for one long gone. */
  knownAt(id: string): number;
  /** Asks when it is time to; gives a promise only when waiting for the answer may make `current` known. */
  confirm(): Promise<void> | undefined;
  /**
   * Ends the generation on all replicas: at once where few loads follow, and at most every `advanceIntervalMsMax`.
   * Resolves when that is done, which takes as long as Redis is gone: a commit should not wait for it. Never rejects.
   */
  advance(): Promise<void>;
  /** To be called after each load from the source, with its duration: generations last the longer the more they cost. */
  loaded(durationMs: number): void;
  /** Ends the waiting of `advance`: what it was to do is done at once, if it can be. */
  close(): Promise<void>;
}

/** An answer is never older than this, counted from the end of its generation. */
export const staleMsMax = 250;
export const advanceIntervalMsMax = 100;
const advanceIntervalMsMin = 5;
/** How long a replica relies on what Redis said last. Below `staleMsMax`, so that requests rarely wait for it. */
const confirmIntervalMs = 10;

/** The generation of a single replica. */
export const localGeneration = (): Generation => {
  let id = newId();
  const ended = endedGenerations();
  const closing = new AbortController();
  const costs = generationCosts();
  const advance = async () => {
    ended.add(id, performance.now());
    id = newId();
    costs.begin();
  };
  return {
    current: () => id,
    knownAt: (given) => (given === id ? performance.now() : ended.knownAt(given)),
    confirm: () => undefined,
    advance: throttle(advance, costs.intervalMs, closing.signal).call,
    loaded: costs.add,
    close: async () => closing.abort(),
  };
};

/**
 * The generation all replicas share: a key in Redis. It is asked for at most every 10 ms and only while
 * requests come, so no replica depends on hearing anything; an id is trusted from the moment its question was
 * sent, which is before Redis answered. Every new connection begins a new generation: before it, Redis may have
 * come back with an older state, or a replica may have died between its commit and saying so.
 */
export const sharedGeneration = (redis: Redis, key: string): Generation => {
  const ended = endedGenerations();
  const closing = new AbortController();
  let current: string | undefined;
  let confirmedAt = Number.NEGATIVE_INFINITY;
  let asked = 0;
  let answered = 0;
  let confirming: Promise<void> | undefined;
  let connection = 0;

  /** Sends one command; its outcome counts only on its own connection, and only when none sent later came first. */
  const ask = async (command: () => Promise<string | undefined>): Promise<string | undefined> => {
    const order = ++asked;
    const sentAt = performance.now();
    const on = connection;
    const id = await command();
    if (order < answered || on !== connection) return id;
    answered = order;
    if (current !== undefined && current !== id) ended.add(current, confirmedAt);
    current = id;
    confirmedAt = sentAt;
    return id;
  };
  const begin = () =>
    ask(async () => {
      const id = newId();
      await redis.set(key, id);
      return id;
    });
  const check = () => ask(() => redis.get(key));

  const ensureBegun = async (): Promise<void> => {
    if (current === undefined || (await check()) === undefined) await begin();
  };
  const confirm = (): Promise<void> => {
    confirming ??= ensureBegun()
      .catch(() => undefined)
      .finally(() => {
        confirming = undefined;
      });
    return confirming;
  };

  redis.onChange((connected) => {
    connection += 1;
    current = undefined;
    if (connected) void confirm();
  });

  const costs = generationCosts();
  const advance = async (): Promise<void> => {
    costs.begin();
    for (;;) {
      const failed = await begin().then(
        () => false,
        () => true,
      );
      if (!failed) return;
      // Until all replicas know, this one does not use what it shares with them.
      current = undefined;
      if (closing.signal.aborted) return;
      await wait(advanceIntervalMsMax, closing.signal);
    }
  };
  const throttled = throttle(advance, costs.intervalMs, closing.signal);

  const age = () => performance.now() - confirmedAt;
  return {
    current: () => (redis.usable() && age() < staleMsMax ? current : undefined),
    knownAt: (id) => (id === current ? confirmedAt : ended.knownAt(id)),
    confirm: () => {
      if (!redis.usable()) return undefined;
      const waiting = current === undefined || age() >= staleMsMax;
      const answer = waiting || age() >= confirmIntervalMs ? confirm() : undefined;
      return waiting ? answer : undefined;
    },
    advance: throttled.call,
    loaded: costs.add,
    close: () => {
      closing.abort();
      return throttled.idle();
    },
  };
};

const newId = (): string => randomBytes(16).toString('base64url');

/**
 * How long a generation should last: about twice as long as its loads take one after the other. They are known from
 * the generations before, each of which counts half as much as the one after it.
 */
const generationCosts = () => {
  let costMs = 0;
  return {
    begin: (): void => {
      costMs /= 2;
    },
    add: (durationMs: number): void => {
      costMs += durationMs;
    },
    intervalMs: () => Math.min(Math.max(costMs, advanceIntervalMsMin), advanceIntervalMsMax),
  };
};

/** When the generations that ended lately were last known to be current. */
const endedGenerations = () => {
  const times = new Map<string, number>();
  return {
    add: (id: string, knownAt: number): void => {
      times.set(id, knownAt);
      for (const [old, time] of times) if (performance.now() - time > staleMsMax) times.delete(old);
    },
    knownAt: (id: string): number => times.get(id) ?? Number.NEGATIVE_INFINITY,
  };
};

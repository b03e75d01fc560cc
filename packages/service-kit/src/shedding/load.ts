import type { Database } from '../postgres/database.ts';
import { openEventLoopDelay } from './event-loop-delay.ts';
import { createLoadLevel } from './load-level.ts';
import { boundedClasses, type RequestClass, requestClasses, writingClasses } from './request-class.ts';

/** What a service bears before it refuses batches; 0: whatever comes. */
export interface LoadLimits {
  /** The mean over an interval of half a second. */
  eventLoopDelayMs: number;
  /** Statements and transactions that wait for a connection. */
  waitingQueries: number;
  /** Of the oldest event that waits to be published. */
  outboxAgeSeconds: number;
  /** Batches that are worked on at once, and as many requests of analytics. */
  atOnce: number;
}

export interface Load {
  /** Whether requests of a class are refused now. */
  refuses(requestClass: RequestClass): boolean;
  /** Work on a request begins and ends. */
  began(requestClass: RequestClass): void;
  ended(requestClass: RequestClass): void;
  /** The age of the outbox's oldest event, in seconds, from whoever knows it. */
  outboxAge(seconds: number): void;
  stop(): void;
}

/** How loaded a service is right now. */
export interface LoadReading {
  eventLoopDelayMs: number;
  waitingQueries: number;
}

const intervalMs = 500;

/** Watches how loaded the process is, twice a second. */
export const openLoad = (limits: LoadLimits, db: Pick<Database, 'waiting'>): Load => {
  const delay = openEventLoopDelay();
  const load = createLoad(limits);
  const look = () => load.read({ eventLoopDelayMs: delay.readMs(), waitingQueries: db.waiting() });
  const watching = setInterval(look, intervalMs).unref();
  return {
    ...load,
    stop: () => {
      clearInterval(watching);
      delay.stop();
    },
  };
};

/** What to refuse, from readings: `openLoad` without its clock. */
export const createLoad = (limits: LoadLimits): Omit<Load, 'stop'> & { read(reading: LoadReading): void } => {
  const process = [createLoadLevel(limits.eventLoopDelayMs), createLoadLevel(limits.waitingQueries)] as const;
  const outbox = createLoadLevel(limits.outboxAgeSeconds);
  let outboxAgeSeconds = 0;
  const running = new Map(requestClasses.map((requestClass) => [requestClass, 0]));
  const count = (requestClass: RequestClass, change: 1 | -1) =>
    void running.set(requestClass, (running.get(requestClass) ?? 0) + change);
  const isFull = (requestClass: RequestClass) =>
    boundedClasses.has(requestClass) &&
    limits.atOnce > 0 &&
    (running.get(requestClass) ?? 0) >= limits.atOnce;
  return {
    began: (requestClass) => count(requestClass, 1),
    ended: (requestClass) => count(requestClass, -1),
    read: ({ eventLoopDelayMs, waitingQueries }) => {
      process[0].read(eventLoopDelayMs);
      process[1].read(waitingQueries);
      outbox.read(outboxAgeSeconds);
    },
    outboxAge: (seconds) => {
      outboxAgeSeconds = seconds;
    },
    /** Each class in its order is refused one level later than the one before. */
    refuses: (requestClass) => {
      const step = requestClasses.indexOf(requestClass) + 1;
      if (isFull(requestClass) || process[0].level() >= step || process[1].level() >= step) return true;
      return writingClasses.has(requestClass) && outbox.level() >= step;
    },
  };
};

import type { Database } from '../postgres/database.ts';
import { openEventLoopDelay } from './event-loop-delay.ts';
import { createLoadLevel } from './load-level.ts';
import { type RequestClass, requestClasses, writingClasses } from './request-class.ts';

/** What a service bears before it refuses batches; 0: whatever comes. */
export interface LoadLimits {
  /** The mean over an interval of half a second. */
  eventLoopDelayMs: number;
  /** Statements and transactions that wait for a connection. */
  waitingQueries: number;
  /** Of the oldest event that waits to be published. */
  outboxAgeSeconds: number;
}

export interface Load {
  /** Whether requests of a class are refused now. */
  refuses(requestClass: RequestClass): boolean;
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
    refuses: load.refuses,
    outboxAge: load.outboxAge,
    stop: () => {
      clearInterval(watching);
      delay.stop();
    },
  };
};

/** What to refuse, from readings: `openLoad` without its clock. */
export const createLoad = (limits: LoadLimits) => {
  const process = [createLoadLevel(limits.eventLoopDelayMs), createLoadLevel(limits.waitingQueries)] as const;
  const outbox = createLoadLevel(limits.outboxAgeSeconds);
  let outboxAgeSeconds = 0;
  return {
    read: ({ eventLoopDelayMs, waitingQueries }: LoadReading): void => {
      process[0].read(eventLoopDelayMs);
      process[1].read(waitingQueries);
      outbox.read(outboxAgeSeconds);
    },
    outboxAge: (seconds: number): void => {
      outboxAgeSeconds = seconds;
    },
    /** Each class in its order is refused one level later than the one before. */
    refuses: (requestClass: RequestClass): boolean => {
      const step = requestClasses.indexOf(requestClass) + 1;
      if (process[0].level() >= step || process[1].level() >= step) return true;
      return writingClasses.has(requestClass) && outbox.level() >= step;
    },
  };
};

import type { Database } from '../postgres/database.ts';
import { openEventLoopDelay } from './event-loop-delay.ts';
import { createLoadLevel } from './load-level.ts';
import { type RequestClass, requestClasses, writingClasses } from './request-class.ts';
import { createTurns, type Turns } from './turns.ts';

/** What a service bears before it refuses batches; 0: whatever comes. */
export interface LoadLimits {
  /** The mean over an interval of half a second. */
  eventLoopDelayMs: number;
  /** Reads that wait for a connection, and as many writes. */
  waitingQueries: number;
  /** Of the oldest event that waits to be published. */
  outboxAgeSeconds: number;
  /** Batches that are in the service at once, and as many requests of analytics. */
  atOnce: number;
  /** Of those batches so many are worked on, while so many others wait. */
  batchesAtOnce(waiting: number): number;
}

export interface Load {
  /** Whether requests of a class are refused now. */
  refuses(requestClass: RequestClass): boolean;
  /** Of the classes of which only so many may be in the service. */
  turns: ReadonlyMap<RequestClass, Turns>;
  /** The age of the outbox's oldest event, in seconds, from whoever knows it. */
  outboxAge(seconds: number): void;
  stop(): void;
}

/** How loaded a service is right now. */
export interface LoadReading {
  eventLoopDelayMs: number;
  waitingReads: number;
  waitingWrites: number;
}

const intervalMs = 500;

/** Watches how loaded the process is, twice a second. */
export const openLoad = (limits: LoadLimits, db: Pick<Database, 'waiting'>): Load => {
  const delay = openEventLoopDelay();
  const load = createLoad(limits);
  const look = () => load.read({ eventLoopDelayMs: delay.readMs(), ...db.waiting() });
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
  const eventLoop = createLoadLevel(limits.eventLoopDelayMs);
  const [reads, writes] = [createLoadLevel(limits.waitingQueries), createLoadLevel(limits.waitingQueries)];
  const outbox = createLoadLevel(limits.outboxAgeSeconds);
  let outboxAgeSeconds = 0;
  // A batch may hold a connection for long, and the event loop: others come in between.
  const turns = new Map<RequestClass, Turns>([
    ['batch', createTurns(limits.batchesAtOnce)],
    ['analytics', createTurns(() => Number.POSITIVE_INFINITY)],
  ]);
  const isFull = (requestClass: RequestClass) =>
    limits.atOnce > 0 && (turns.get(requestClass)?.count() ?? 0) >= limits.atOnce;
  return {
    turns,
    read: ({ eventLoopDelayMs, waitingReads, waitingWrites }) => {
      eventLoop.read(eventLoopDelayMs);
      reads.read(waitingReads);
      writes.read(waitingWrites);
      outbox.read(outboxAgeSeconds);
    },
    outboxAge: (seconds) => {
      outboxAgeSeconds = seconds;
    },
    /** Each class in its order is refused one level later than the one before. */
    refuses: (requestClass) => {
      const step = requestClasses.indexOf(requestClass) + 1;
      if (isFull(requestClass) || eventLoop.level() >= step) return true;
      return (writingClasses.has(requestClass) ? [writes, outbox] : [reads]).some(
        (load) => load.level() >= step,
      );
    },
  };
};

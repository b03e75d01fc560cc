import type { ServerResponse } from 'node:http';
import type { Follower, Snapshot } from './summary-feed.ts';

export interface StreamOptions {
  /** What the client has seen last. */
  lastEventId: string | undefined;
  onSent: () => void;
  onSkipped: () => void;
  /** Whether the client may still listen. */
  isAllowed: () => boolean;
  heartbeatMs?: number;
  ageMaxMs?: number;
}

/** Long before proxies, and the server itself, end a silent connection (a minute). */
const heartbeatMsDefault = 15_000;
/** What a token gives is looked at when a stream is opened: a client opens it again, from where it was. */
const ageMaxMsDefault = 15 * 60_000;

/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) of the newest snapshot. While a
 * client has not taken what was written before, nothing is written: it gets the newest one then, and at most one event
 * waits for it. Needs no timer: it acts when something is offered.
 */
export const eventStream = (response: ServerResponse, options: StreamOptions): Follower => {
  const {
    heartbeatMs = heartbeatMsDefault,
    ageMaxMs = ageMaxMsDefault,
    onSent,
    onSkipped,
    isAllowed,
  } = options;
  const openedMs = performance.now();
  let lastId = options.lastEventId;
  let writtenMs = openedMs;
  const write = (text: string): void => {
    response.write(text);
    writtenMs = performance.now();
  };
  // Spread, so that not all clients of a replica that stops come back at the same moment.
  write(`retry: ${1_000 + Math.floor(Math.random() * 2_000)}\n\n`);

  return {
    offer: (snapshot: Snapshot | undefined): void => {
      // It is offered something until its client, too, knows that it has ended.
      if (response.writableEnded) return;
      const isNews = snapshot !== undefined && snapshot.id !== lastId;
      if (performance.now() - openedMs > ageMaxMs || !isAllowed()) response.end();
      else if (response.writableLength > 0) isNews && onSkipped();
      else if (isNews) {
        write(`id: ${snapshot.id}\nevent: summary\ndata: ${snapshot.data}\n\n`);
        lastId = snapshot.id;
        onSent();
      } else if (performance.now() - writtenMs >= heartbeatMs) write(': heartbeat\n\n');
    },
    end: () => {
      response.end();
    },
  };
};

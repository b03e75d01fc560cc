import type { OutgoingHttpHeaders } from 'node:http';
import { Type } from '@souk/contracts/typebox.ts';
import type { Caller } from '@souk/service-kit/access/caller.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import type { Metrics } from '@souk/service-kit/metrics.ts';
import { problem } from '@souk/service-kit/problem.ts';
import { analysts } from '../access.ts';
import { tags, WindowField } from '../queries/fields.ts';
import type { Window } from '../queries/window.ts';
import { eventStream } from './event-stream.ts';
import { summaryFeed } from './summary-feed.ts';

export interface StreamDependencies {
  /** A summary as JSON. */
  read: (window: Window) => Promise<string>;
  metrics: Metrics;
  /** Streams open at once; a further one is refused. */
  streamsMax: number;
  /** Whether a token was taken back, for streams that it has opened. */
  revoked?: ((caller: Caller) => boolean) | undefined;
}

/** How long a refused client should wait, in seconds. */
const retryAfterSeconds = 10;

export const streamRoutes = (
  http: Http,
  { read, metrics, streamsMax, revoked }: StreamDependencies,
): void => {
  const feed = summaryFeed({ read });
  const open = metrics.gauge('sse_streams_open', 'Streams of the summary that are open');
  const events = metrics.counter(
    'sse_events_total',
    'Events of streams, by whether the client could take them',
    ['outcome'],
  );
  let streams = 0;
  open.set(0);
  // Before the server waits for the connections that are open.
  http.addHook('preClose', async () => feed.stop());

  http.get(
    '/api/v1/analytics/stream',
    {
      config: { access: analysts, isStream: true },
      exposeHeadRoute: false,
      schema: {
        tags,
        operationId: 'streamSummary',
        summary: 'The summary whenever it changes, as server-sent events',
        description:
          'Events of the type `summary`, whose data is what getSummary answers: the current one at once, then each ' +
          'change, at most once a second. With `Last-Event-ID` the current one is left out when it is the same. A ' +
          'client that reads too slowly misses what is no longer current. A comment comes at least every 16 ' +
          'seconds, and after 15 minutes, or when its token is revoked, the stream ends: clients open it again, as EventSource ' +
          'does.',
        querystring: Type.Object({ window: WindowField }, { additionalProperties: false }),
        headers: Type.Object({ 'last-event-id': Type.Optional(Type.String()) }),
        response: {
          200: {
            description: 'OK',
            content: { 'text/event-stream': { schema: Type.String() } },
          },
        },
      },
    },
    async ({ query: { window }, headers, caller }, reply) => {
      if (streams >= streamsMax)
        throw problem(
          503,
          'too_many_streams',
          `at most ${streamsMax} streams are open at once: try again later`,
          {
            headers: { 'retry-after': String(retryAfterSeconds) },
          },
        );
      reply.hijack();
      const response = reply.raw;
      // Its client went while it was looked at who calls: nothing would end it any more.
      if (response.destroyed) return;
      open.set(++streams);
      response.writeHead(200, {
        ...(reply.getHeaders() as OutgoingHttpHeaders),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // Its connection ends with it: one that stays open would hold a service that stops.
        connection: 'close',
        // Proxies hold back what they buffer.
        'x-accel-buffering': 'no',
      });
      const stream = eventStream(response, {
        lastEventId: headers['last-event-id'],
        onSent: () => events.inc({ outcome: 'sent' }),
        onSkipped: () => events.inc({ outcome: 'skipped' }),
        isAllowed: () => caller === undefined || revoked?.(caller) !== true,
      });
      const unfollow = feed.follow(window, stream);
      response.on('close', () => {
        unfollow();
        open.set(--streams);
      });
    },
  );
};

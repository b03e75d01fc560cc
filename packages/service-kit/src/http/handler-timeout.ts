import type { FastifyReply } from 'fastify';
import { tryAgain } from '../problem.ts';
import { onEnded } from './ended.ts';
import type { Http } from './http.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** When its handler was called, in milliseconds of performance.now(). */
    handledSince: number;
  }
}

/** How often within the limit requests are looked at: so exact it is. */
const looksMin = 30;

/**
 * Answers 503 for a route whose handler takes longer. The framework's own limit ends as soon as a body is read, so it
 * never holds for a request that has one, and it costs an AbortController for each; a timer for each would cost more
 * than the one that looks at all.
 */
export const limitHandlers = (http: Http, timeoutMs: number): void => {
  // No Map: when V8 replaces its table, the old one refers to the new one, so once an old one has outlived two small
  // collections of garbage, every reply in those after it waits for a full one: 3 to 5 KB of each request.
  const handled: FastifyReply[] = [];
  const forget = (reply: FastifyReply) => {
    const place = handled.indexOf(reply);
    const last = place < 0 ? undefined : handled.pop();
    if (last !== undefined && last !== reply) handled[place] = last;
  };
  http.decorateReply('handledSince', 0);
  http.addHook('onRoute', (route) => {
    const { handler } = route;
    route.handler = function (request, reply) {
      const result = handler.call(this, request, reply);
      if (!reply.sent) {
        reply.handledSince = performance.now();
        handled.push(reply);
      }
      return result;
    };
  });
  onEnded(http, (_request, reply) => forget(reply));
  const looking = setInterval(() => {
    for (const reply of [...handled]) {
      if (performance.now() - reply.handledSince < timeoutMs) continue;
      forget(reply);
      if (!reply.sent && !reply.raw.headersSent) reply.send(tookTooLong());
    }
  }, timeoutMs / looksMin).unref();
  http.addHook('onClose', async () => clearInterval(looking));
};

const tookTooLong = () => tryAgain(503, 'dependency_unavailable', 'the answer took too long: try again');

import type { FastifyReply } from 'fastify';
import { problem } from '../problem.ts';
import { onEnded } from './ended.ts';
import { retryAfterSeconds } from './error-handler.ts';
import type { Http } from './http.ts';

/** How often within the limit requests are looked at: so exact it is. */
const looksMin = 30;

/**
 * Answers 503 for a route whose handler takes longer. The framework's own limit ends as soon as a body is read, so it
 * never holds for a request that has one, and it costs an AbortController for each; a timer for each would cost more
 * than the one that looks at all.
 */
export const limitHandlers = (http: Http, timeoutMs: number): void => {
  /** Since when, the oldest first. */
  const handled = new Map<FastifyReply, number>();
  http.addHook('onRoute', (route) => {
    const { handler } = route;
    route.handler = function (request, reply) {
      const result = handler.call(this, request, reply);
      if (!reply.sent) handled.set(reply, performance.now());
      return result;
    };
  });
  onEnded(http, (_request, reply) => handled.delete(reply));
  const looking = setInterval(() => {
    for (const [reply, since] of handled) {
      if (performance.now() - since < timeoutMs) return;
      handled.delete(reply);
      if (!reply.sent && !reply.raw.headersSent) reply.send(tookTooLong());
    }
  }, timeoutMs / looksMin).unref();
  http.addHook('onClose', async () => clearInterval(looking));
};

const tookTooLong = () =>
  problem(503, 'dependency_unavailable', 'the answer took too long: try again', {
    headers: { 'retry-after': String(retryAfterSeconds) },
  });

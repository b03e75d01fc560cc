import { problem } from '../problem.ts';
import { onEnded } from './ended.ts';
import { retryAfterSeconds } from './error-handler.ts';
import type { Http } from './http.ts';

declare module 'fastify' {
  interface FastifyRequest {
    handlerTimer: NodeJS.Timeout | undefined;
  }
}

/**
 * Answers 503 for a route whose handler takes longer. The framework's own limit ends as soon as a body is read, so it
 * never holds for a request that has one, and it costs an AbortController for each.
 */
export const limitHandlers = (http: Http, timeoutMs: number): void => {
  http.decorateRequest('handlerTimer', undefined);
  http.addHook('preHandler', (request, reply, done) => {
    request.handlerTimer = setTimeout(() => {
      if (!reply.sent && !reply.raw.headersSent) reply.send(tookTooLong());
    }, timeoutMs);
    done();
  });
  onEnded(http, ({ handlerTimer }) => clearTimeout(handlerTimer));
};

const tookTooLong = () =>
  problem(503, 'dependency_unavailable', 'the answer took too long: try again', {
    headers: { 'retry-after': String(retryAfterSeconds) },
  });

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Http } from './http.ts';

type Work = (request: FastifyRequest, reply: FastifyReply) => void;

declare module 'fastify' {
  interface FastifyInstance {
    endedWork: Work[];
  }
  interface FastifyRequest {
    /** `routeOptions`, which the framework makes anew whenever it is asked for. */
    route: FastifyRequest['routeOptions'];
  }
}

/**
 * Calls `work` once for each request when it is over: its answer is sent, or its client is gone. The framework's
 * onResponse is not called for a client that goes away before its answer has begun.
 */
export const onEnded = (http: Http, work: Work): void => {
  if (!http.hasDecorator('endedWork')) {
    http.decorate('endedWork', []);
    http.decorateRequest('route');
    http.addHook('onRequest', (request, reply, done) => {
      request.route = request.routeOptions;
      reply.raw.on('close', () => {
        for (const each of http.endedWork) each(request, reply);
      });
      done();
    });
  }
  http.endedWork.push(work);
};

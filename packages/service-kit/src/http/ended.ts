import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Http } from './http.ts';

/**
 * Calls `work` once for each request when it is over: its answer is sent, or its client is gone. The framework's
 * onResponse is not called for a client that goes away before its answer has begun.
 */
export const onEnded = (http: Http, work: (request: FastifyRequest, reply: FastifyReply) => void): void => {
  http.addHook('onRequest', (request, reply, done) => {
    reply.raw.once('close', () => work(request, reply));
    done();
  });
};

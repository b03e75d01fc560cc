import cors from '@fastify/cors';
import type { FastifyRequest } from 'fastify';
import type { Http } from './http.ts';

const preflightSeconds = 600;

/** Lets pages of these origins read the answers. Goes before routes and before what looks at routes. */
export const allowOrigins = async (http: Http, origins: readonly string[]): Promise<void> => {
  const allowed = {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-match', 'x-request-id'],
    exposedHeaders: [
      'etag',
      'idempotent-replayed',
      'location',
      'ratelimit',
      'ratelimit-policy',
      'retry-after',
      'x-request-id',
    ],
    maxAge: preflightSeconds,
  };
  await http.register(cors, {
    delegator: (request: FastifyRequest, done) =>
      done(null, isPlainOptions(request) ? { origin: false } : allowed),
  });
};

/** One that asks for the methods of a path, not a browser's question before a request. */
const isPlainOptions = ({ method, headers }: FastifyRequest): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] === undefined;

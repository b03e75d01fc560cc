import type { IncomingMessage, Server } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { AccessMode } from '../access/access.ts';
import { createServer } from '../node-http.ts';
import { routeNotFound } from './allowed-methods.ts';
import { answerClientError } from './client-error.ts';
import type { Http } from './http.ts';
import { isOperational, isProbe } from './operational-routes.ts';

const connectionsMax = 100;
const headersTimeout = 10_000;
const requestTimeout = 30_000;

const received = new WeakSet<IncomingMessage>();

/** Whether a request came in over the operators' port, where nobody needs a token. */
export const isFromOperators = ({ raw }: FastifyRequest): boolean => received.has(raw);

/**
 * Keeps what is for operators to their port, and everything else off it; probes are answered on both. The service's own
 * port goes on answering operators who show a token, and everybody where the service is open: whoever reaches it is one.
 */
export const separateOperators = (http: Http, mode: AccessMode): void => {
  http.addHook('onRequest', (request, _reply, done) => {
    const { url } = request.route;
    if (url === undefined || isProbe(url)) return done();
    const maySeeAll = mode === 'open' || request.headers.authorization !== undefined;
    const isHere = isFromOperators(request) ? isOperational(url) : maySeeAll || !isOperational(url);
    done(isHere ? undefined : routeNotFound());
  });
};

/** A second port for the routes of `http`. Resolves when it listens; rejects like a port that is taken. */
export const listenForOperators = (http: Http, address: { host: string; port: number }): Promise<Server> => {
  const limits = { headersTimeout, requestTimeout, requireHostHeader: false };
  const server = createServer(limits, (request, response) => {
    received.add(request);
    http.routing(request, response);
  });
  server.maxConnections = connectionsMax;
  server.on('clientError', answerClientError);
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(Object.assign(error, { variable: 'OPERATOR_PORT' })));
    server.listen(address, () => resolve(server));
  });
};

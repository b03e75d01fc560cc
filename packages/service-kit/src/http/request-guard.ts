import type { FastifyRequest } from 'fastify';
import { invalidRequest, type ProblemError, problem, tryAgain } from '../problem.ts';
import type { Health } from '../service/health.ts';
import { findUnstorable } from '../text-check.ts';
import type { Http } from './http.ts';
import { isOperational } from './operational-routes.ts';

/** Refuses, before a route sees it, what no route can use. */
export const guard = (http: Http, health: Health): void => {
  http.addHook('onRequest', (request, _reply, done) => {
    done(health.state() === 'starting' && isOfService(request) ? starting() : headerFault(request));
  });
  http.addHook('preValidation', (request, _reply, done) => {
    if (request.body === undefined && request.route.schema?.body !== undefined)
      return done(invalidRequest('body', [{ field: '', message: 'is required' }]));
    done(urlFault(request));
  });
};

const isOfService = ({ route: { url } }: FastifyRequest): boolean => url !== undefined && !isOperational(url);

const headerFault = ({ raw, headers }: FastifyRequest): ProblemError | undefined => {
  if (headers.host === undefined && raw.httpVersion === '1.1')
    return problem(400, 'malformed_request', 'a request in HTTP/1.1 needs a Host header');
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue')
    return problem(417, 'expectation_failed', 'this service meets no expectation but 100-continue');
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    return problem(415, 'unsupported_media_type', 'this service does not take compressed bodies');
  const type = headers['content-type'];
  if (type === undefined || type === 'application/json') return undefined;
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(type)?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset))
    return problem(415, 'unsupported_media_type', `this service takes UTF-8 alone, not ${shown(charset)}`);
  return undefined;
};

/** Of any other URL all names and values can be kept. */
const mayBeUnstorable = /%|__proto__/;

const urlFault = (request: FastifyRequest): ProblemError | undefined => {
  if (!mayBeUnstorable.test(request.url)) return undefined;
  for (const part of ['params', 'query'] as const) {
    const found = findUnstorable(request[part]);
    if (found) return invalidRequest(part === 'params' ? 'path' : part, [found]);
  }
  return undefined;
};

/** As much of a client's text as an answer repeats. */
const shown = (text: string): string => text.replaceAll(/[^\w.:+-]/g, '?').slice(0, 40);

const starting = () => tryAgain(503, 'service_starting', 'the service is starting: see /health');

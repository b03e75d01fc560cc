import type { ErrorObject } from 'ajv';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorCode, isTransient } from '../postgres/errors.ts';
import {
  invalidRequest,
  isProblem,
  type ProblemError,
  problem,
  problemBody,
  problemContentType,
  tryAgain,
} from '../problem.ts';
import { fieldErrors } from './field-errors.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** The code of the problem this answer carries, for the log. */
    problemCode: string | undefined;
  }
}

/** Answers any error with a problem. What is not meant for clients stays in the log, with the request's id. */
export const sendProblem = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const answer = toProblem(error);
  reply.problemCode = answer.code;
  if (answer.statusCode === 500) request.log.error({ err: error }, 'request failed');
  else if (answer.statusCode > 500 && !isProblem(error)) request.log.warn({ err: error }, 'request refused');
  return reply
    .code(answer.statusCode)
    .headers(answer.headers)
    .header('x-request-id', request.id)
    .type(problemContentType)
    .serializer(JSON.stringify)
    .send(problemBody(answer, request.id));
};

type ValidationError = { code?: unknown; validation?: ErrorObject[]; validationContext?: string };

/** Any error as a problem: its own when it is one, the framework's by their codes, else unavailable or internal. */
export const toProblem = (error: unknown): ProblemError => {
  if (isProblem(error)) return error;
  const { code, validation, validationContext = 'body' } = (error ?? {}) as ValidationError;
  if (Array.isArray(validation))
    return invalidRequest(parts[validationContext] ?? validationContext, fieldErrors(validation));
  const known = typeof code === 'string' ? frameworkErrors[code] : undefined;
  if (known) return problem(...known, { cause: error });
  // query_canceled: the limit of reads
  if (errorCode(error) === '57014')
    return tryAgain(
      503,
      'query_timeout',
      'the answer takes too long to find: ask for less, or try again',
      error,
    );
  if (isTransient(error))
    return tryAgain(503, 'dependency_unavailable', 'a dependency cannot be reached: try again', error);
  // A client that goes away in the middle of its body, and the like: Node's errors carry no status of ours.
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return problem(statusCode, 'bad_request', 'the request cannot be read', { cause: error });
  return problem(500, 'internal_error', 'something went wrong here', { cause: error });
};

const parts: Record<string, string> = { params: 'path', querystring: 'query' };

type Known = [status: number, code: string, detail: string];
/** https://fastify.dev/docs/latest/Reference/Errors/ */
const frameworkErrors: Record<string, Known> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    415,
    'unsupported_media_type',
    'this route does not take that content type',
  ],
  FST_ERR_BAD_URL: [400, 'invalid_url', 'the URL has a broken percent-encoding'],
  FST_ERR_INVALID_URL: [400, 'invalid_url', 'the URL cannot be read'],
  FST_ERR_MAX_PARAM_LENGTH: [414, 'url_too_long', 'a part of the URL is too long'],
  FST_ERR_NOT_FOUND: [404, 'route_not_found', 'there is no such route'],
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: [415, 'unsupported_media_type', 'the content type is missing'],
};

import { type Static, type TRef, Type } from '@souk/contracts/typebox.ts';
import { STATUS_CODES } from './node-http.ts';

/** One field that is at fault: a JSON pointer without its leading slash (`items/0/quantity`). */
export interface FieldError {
  field: string;
  message: string;
}

/** An error with a public face: `status`, a stable `code` and `detail` go to the client, `cause` does not. */
export interface ProblemError extends Error {
  statusCode: number;
  code: string;
  problem: {
    status: number;
    code: string;
    detail: string;
    errors?: FieldError[];
    extensions?: Record<string, unknown>;
  };
  headers: Record<string, string>;
}

/**
 * An error to throw from a route. It becomes an RFC 9457 answer with these public texts; `errors` names the
 * fields at fault, `headers` are added to the answer, `extensions` to its body, `cause` is only logged.
 */
export const problem = (
  status: number,
  code: string,
  detail: string,
  extras: {
    errors?: FieldError[];
    headers?: Record<string, string>;
    extensions?: Record<string, unknown>;
    cause?: unknown;
  } = {},
): ProblemError => {
  const { errors, headers = {}, extensions, cause } = extras;
  const error = new Error(detail, cause === undefined ? undefined : { cause });
  return Object.assign(error, {
    statusCode: status,
    code,
    problem: { status, code, detail, ...(errors ? { errors } : {}), ...(extensions ? { extensions } : {}) },
    headers,
  });
};

/** A problem that may be none in a second: `retry-after` says so. */
export const tryAgain = (status: 409 | 503, code: string, detail: string, cause?: unknown): ProblemError =>
  problem(status, code, detail, { headers: { 'retry-after': '1' }, cause });

/** The 400 problem of a `part` of a request, such as `body` or `query`, whose fields are not valid. */
export const invalidRequest = (part: string, errors: FieldError[]): ProblemError => {
  const verb = part === 'headers' ? 'are' : 'is';
  return problem(400, 'invalid_request', `the ${part} ${verb} not valid`, { errors });
};

export const isProblem = (error: unknown): error is ProblemError =>
  error instanceof Error && 'problem' in error && 'statusCode' in error;

/** The schema of a list of field errors; `field` says in which form they name their fields. */
export const FieldErrors = (field: string) =>
  Type.Array(Type.Object({ field: Type.String({ description: field }), message: Type.String() }));

/** RFC 9457, with a stable `code`, the request's id and the fields at fault. Routes refer to it by its $id. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:problem-type: and the code' }),
    title: Type.String({ description: 'the code in words' }),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    code: Type.String({ description: 'stable: programs compare this' }),
    detail: Type.String({ description: 'for people' }),
    request_id: Type.String({ description: 'also in the header x-request-id and in the log' }),
    errors: Type.Optional(FieldErrors('JSON pointer without its leading slash, such as items/0/quantity')),
  },
  { $id: 'Problem', title: 'Problem', description: 'RFC 9457 problem details' },
);

export const problemContentType = 'application/problem+json; charset=utf-8';

/** The body of a problem's answer. */
export const problemBody = (error: ProblemError, requestId: string): Static<typeof Problem> => {
  const { status, code, detail, errors, extensions } = error.problem;
  return {
    ...extensions,
    type: `urn:problem-type:${code}`,
    title: titleOf(code),
    status,
    code,
    detail,
    request_id: requestId,
    ...(errors ? { errors } : {}),
  };
};

const titleOf = (code: string): string => {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

type ProblemResponse = {
  description: string;
  content: { 'application/problem+json': { schema: TRef } };
};

/**
 * Documents the problems of a route: `response: { 200: User, ...problems(404, 409) }`. What every route can
 * answer (400 and 500, with a body also 413 and 415, under /api also 503) is documented without being named.
 */
export const problems = <S extends number>(...statuses: S[]): { [K in S]: ProblemResponse } =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: STATUS_CODES[status] ?? String(status),
        content: { 'application/problem+json': { schema: Type.Ref('Problem#') } },
      },
    ]),
  ) as { [K in S]: ProblemResponse };

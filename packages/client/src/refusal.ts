import type { components } from './generated/user.ts';

/** RFC 9457 problem details, as every service answers them. Programs compare `code`. */
export type Problem = components['schemas']['Problem'];

/** What a service answered instead of what was asked for. */
export interface RefusedError extends Error {
  status: number;
  /** Undefined when the answer was no problem+json, as from a proxy in between. */
  problem: Problem | undefined;
}

/** What a call of a client gives. */
export interface CallResult<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The data of a call. Throws a RefusedError when the service refused it. */
export const dataOf = <Data>({ data, error, response }: CallResult<Data>): NonNullable<Data> => {
  if (error !== undefined || data === undefined || data === null) throw refusedError(response, error);
  return data;
};

/** An error whose message names the URL, the status and the problem's detail. */
export const refusedError = ({ url, status }: Response, body: unknown): RefusedError => {
  const problem = isProblem(body) ? body : undefined;
  const detail = problem ? `: ${problem.detail}` : '';
  return Object.assign(new Error(`${url} answered ${status}${detail}`), { status, problem });
};

export const isRefused = (error: unknown): error is RefusedError =>
  error instanceof Error && 'status' in error && 'problem' in error;

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'detail' in body;

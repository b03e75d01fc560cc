import { createSoukClient } from '@souk/client/client.ts';
import type { Address } from './address.ts';

/** What was answered instead of what was asked for, written for people. */
export interface ApiError extends Error {
  /** 0 when there was no answer at all. */
  status: number;
  /** Of the problem+json, such as `service_unreachable`. */
  code: string;
  /** The fields at fault, where there are some. */
  errors: { field: string; message: string }[];
  requestId: string | null;
}

let loginNeeded = (): void => undefined;

/** Calls `act` when an answer says that the session has ended. */
export const onLoginNeeded = (act: () => void): void => {
  loginNeeded = act;
};

/** A fetch that throws an ApiError for whatever is no success. */
export const send = async (input: string | Request, init?: RequestInit): Promise<Response> => {
  const response = await fetch(input, init).catch((error: Error) => {
    if (error.name === 'AbortError') throw error;
    throw apiError(0, 'console_unreachable', 'the console does not answer');
  });
  if (response.ok || response.status === 304) return response;
  const problem = await response.json().catch(() => ({}));
  if (problem.code === 'login_required') loginNeeded();
  throw apiError(
    response.status,
    problem.code ?? 'error',
    problem.detail ?? `The answer was ${response.status}.`,
    problem.errors ?? [],
    response.headers.get('x-request-id'),
  );
};

/** The JSON of a route of the console; undefined for 204. `body` is sent as JSON. */
export const api = async <T>(
  path: Address<T>,
  { body, ...init }: Omit<RequestInit, 'body'> & { body?: unknown } = {},
): Promise<T> => {
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = body === undefined ? init.headers : { 'content-type': 'application/json', ...init.headers };
  const response = await send(path, { ...init, ...json, ...(headers ? { headers } : {}) });
  return (response.status === 204 ? undefined : await response.json()) as T;
};

/** For changes: the four services, typed by their OpenAPI documents. Whatever is refused is thrown as an ApiError. */
export const souk = createSoukClient({
  urls: {
    user: '/api/user',
    product: '/api/product',
    recommendation: '/api/recommendation',
    analytics: '/api/analytics',
  },
  fetch: (request) => send(request),
});

/** The data of a call of `souk`; JSON, where an operation gives text, too. */
export const dataOf = async <Data>(
  call: Promise<{ data?: Data }>,
): Promise<Exclude<NonNullable<Data>, string>> => (await call).data as Exclude<NonNullable<Data>, string>;

/** The header of a change that is made for this version. */
export const ifMatch = (version: number) => ({ 'if-match': `"${version}"` });

export const isApiError = (error: unknown): error is ApiError =>
  error instanceof Error && 'status' in error && 'code' in error;

const apiError = (
  status: number,
  code: string,
  detail: string,
  errors: ApiError['errors'] = [],
  requestId: string | null = null,
): ApiError => Object.assign(new Error(detail), { status, code, errors, requestId });

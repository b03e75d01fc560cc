import type { paths as RecommendationPaths } from '@souk/client/generated/recommendation.ts';
import { describeFetchError, problemOf } from '@souk/client/retrying-fetch.ts';
import type { ServiceName } from '@souk/contracts/services.ts';
import { problem } from '@souk/service-kit/problem.ts';
import type { MeshUrls } from '../config.ts';

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
}

/** How far a service has applied its topics, as each that consumes says it. */
export type Positions =
  RecommendationPaths['/api/v1/positions']['get']['responses'][200]['content']['application/json'];

/** Calls of the console itself. */
export interface MeshCalls {
  /** The JSON that a service answers; null for 204. What it refuses is thrown as the same problem. */
  json(service: ServiceName, method: string, path: string, options?: CallOptions): Promise<unknown>;
  /** The text at the operators' port, whatever the status; 502 `service_unreachable` without an answer. */
  operators(
    service: ServiceName,
    path: string,
    headers: Record<string, string>,
  ): Promise<{ status: number; text: string }>;
}

const timeoutMs = 10_000;
/** /health takes up to a second for a dependency that does not answer. */
const operatorsTimeoutMs = 3_000;

export const meshCalls = ({ services, operators }: MeshUrls): MeshCalls => ({
  json: async (service, method, path, { body, headers = {} } = {}) => {
    const response = await reach(service, `${services[service]}${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (!response.ok) throw refused(response, text);
    return text === '' ? null : JSON.parse(text);
  },
  operators: async (service, path, headers) => {
    const signal = AbortSignal.timeout(operatorsTimeoutMs);
    // Nobody needs a token at a port of the operators' own, and it is not for strangers to see one.
    const sent = operators[service] === services[service] ? headers : {};
    const response = await reach(
      service,
      `${operators[service]}${path}`,
      { headers: sent, signal },
      operatorsTimeoutMs,
    );
    return { status: response.status, text: await response.text() };
  },
});

/** A fetch whose failure is a problem that says in words what happened. */
export const reach = async (
  service: ServiceName,
  url: string,
  init: RequestInit,
  withinMs = timeoutMs,
): Promise<Response> => {
  try {
    return await fetch(url, { ...init, redirect: 'error' });
  } catch (cause) {
    const why = describeFetchError(cause, withinMs);
    throw problem(502, 'service_unreachable', `${service} cannot be reached: ${why}`, {
      cause,
      extensions: { service },
    });
  }
};

const refused = ({ status, headers }: Response, text: string) => {
  const retryAfter = headers.get('retry-after');
  const { code, detail } = problemOf(text);
  return problem(
    status,
    typeof code === 'string' ? code : 'service_error',
    typeof detail === 'string' ? detail : `the service answered ${status}`,
    retryAfter ? { headers: { 'retry-after': retryAfter } } : {},
  );
};

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

export interface RetryOptions {
  requestTimeoutMs?: number;
  /** How long a failing request is tried again before its failure is thrown. */
  retryForMs?: number;
  /** Aborted, it lets the request under way end (bounded by its timeout) and has nothing tried again. */
  signal?: AbortSignal;
}

const backoff = { baseMs: 100, maxMs: 5_000 };
const transientStatuses = new Set([429, 502, 503, 504]);
const keyHeader = 'idempotency-key';
/** The code of a 409 while another try of the same request is being answered. */
const inFlight = 'idempotency_in_flight';

/**
 * A fetch that tries connection failures, timeouts and the statuses 429, 502, 503 and 504 again with growing, jittered
 * waits. A POST without an Idempotency-Key gets one, so that it is done once; any other request sent through it must be
 * harmless to repeat. Any other status is an answer. Throws an Error written for people when the retries are used up or
 * the signal forbids them.
 */
export const createRetryingFetch =
  ({ requestTimeoutMs = 30_000, retryForMs = 60_000, signal }: RetryOptions = {}) =>
  async (request: Request): Promise<Response> => {
    if (request.method === 'POST' && !request.headers.has(keyHeader))
      request.headers.set(keyHeader, `"${randomUUID()}"`);
    const deadline = performance.now() + retryForMs;
    for (let attempt = 0; ; attempt += 1) {
      const result = await tryOnce(request.clone(), requestTimeoutMs);
      if (result instanceof Response) return result;
      // Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
      const waitMs = Math.random() * Math.min(backoff.maxMs, backoff.baseMs * 2 ** attempt);
      if (performance.now() + waitMs < deadline)
        await pause(waitMs, undefined, signal ? { signal } : {}).catch(() => undefined);
      if (performance.now() + waitMs >= deadline || signal?.aborted)
        throw new Error(`no usable answer from ${new URL(request.url).origin}: ${result.failure}`);
    }
  };

const tryOnce = async (request: Request, timeoutMs: number): Promise<Response | { failure: string }> => {
  try {
    const { status, headers, text } = await readWhole(request, timeoutMs);
    const { code, detail } = problemOf(text);
    if (transientStatuses.has(status) || code === inFlight)
      return { failure: `status ${status}${typeof detail === 'string' ? `: ${detail}` : ''}` };
    const response = new Response(text === '' ? null : text, { status, headers });
    return Object.defineProperty(response, 'url', { value: request.url });
  } catch (error) {
    return { failure: describeFetchError(error, timeoutMs) };
  }
};

/** With its body, so that an answer which is cut off is tried again too. */
const readWhole = async (request: Request, timeoutMs: number) => {
  const response = await fetch(request, { signal: AbortSignal.timeout(timeoutMs) });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

/** "connection refused", "no answer within 2 s": why a fetch failed, in words. */
export const describeFetchError = (error: unknown, timeoutMs: number): string => {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const code = cause?.code ?? '';
  return connectionErrors[code] ?? (code || (cause?.message ?? message));
};

const connectionErrors: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed',
  UND_ERR_SOCKET: 'connection closed',
  ENOTFOUND: 'unknown host',
};

/** What programs compare, and what people read, of an answer that may be a problem. */
export const problemOf = (text: string): { code?: unknown; detail?: unknown } => {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
};

import { setTimeout as pause } from 'node:timers/promises';

/** An answer whose body was JSON; `body` is undefined when it was empty or none. */
export interface Answer<Body = unknown> {
  /** Of the request. */
  url: string;
  status: number;
  body: Body;
}

export interface HttpClientOptions {
  requestTimeoutMs?: number;
  /** How long failing requests are tried again before the client gives up. */
  retryForMs?: number;
  /** Aborted, it lets the request under way end (bounded by its timeout) and has nothing tried again. */
  signal?: AbortSignal;
}

export interface HttpClient {
  get<Body>(url: string): Promise<Answer<Body>>;
  post<Body>(url: string, body: unknown): Promise<Answer<Body>>;
}

const backoff = { baseMs: 100, maxMs: 5_000 };
const passing = new Set([429, 502, 503, 504]);

/**
 * JSON over kept-alive connections. Connection failures, timeouts and the statuses 429, 502, 503 and 504 are tried
 * again with growing, jittered waits, so every request sent through it must be harmless to repeat. Any other status is
 * an answer, for the caller to judge. Throws an Error written for the user when the retries are used up or the signal
 * forbids them.
 */
export const createHttpClient = (options: HttpClientOptions = {}): HttpClient => {
  const { requestTimeoutMs = 30_000, retryForMs = 60_000, signal } = options;
  const request = async <Body>(url: string, init: RequestInit): Promise<Answer<Body>> => {
    const deadline = performance.now() + retryForMs;
    for (let attempt = 0; ; attempt += 1) {
      const result = await tryOnce<Body>(url, init, requestTimeoutMs);
      if (!('failure' in result)) return result;
      // Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
      const waitMs = Math.random() * Math.min(backoff.maxMs, backoff.baseMs * 2 ** attempt);
      if (performance.now() + waitMs < deadline)
        await pause(waitMs, undefined, signal ? { signal } : {}).catch(() => undefined);
      if (performance.now() + waitMs >= deadline || signal?.aborted)
        throw new Error(`no usable answer from ${new URL(url).origin}: ${result.failure}`);
    }
  };
  return {
    get: (url) => request(url, { method: 'GET' }),
    post: (url, body) =>
      request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
  };
};

const tryOnce = async <Body>(
  url: string,
  init: RequestInit,
  timeoutMs: number,
): Promise<Answer<Body> | { failure: string }> => {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    if (passing.has(response.status)) return { failure: `status ${response.status}${publicDetail(text)}` };
    return { url, status: response.status, body: parseJson(text) as Body };
  } catch (error) {
    return { failure: describeFetchError(error, timeoutMs) };
  }
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

/** The `detail` of a problem+json answer, with a colon before it. */
export const publicDetail = (body: unknown): string => {
  const { detail } = ((typeof body === 'string' ? parseJson(body) : body) ?? {}) as { detail?: unknown };
  return typeof detail === 'string' ? `: ${detail}` : '';
};

const parseJson = (text: string): unknown => {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
};

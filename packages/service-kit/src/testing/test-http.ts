import type { Http } from '../http/http.ts';
import { buildHttp, type HttpOptions } from '../http/server.ts';
import { createLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { createHealth } from '../service/health.ts';

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  /** What JSON says, or the text of any other answer. */
  // biome-ignore lint/suspicious/noExplicitAny: a test states what it expects of an answer
  body: any;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What the HTTP side of a started service needs besides its own; every answer is checked against its schema. */
export const testHttpOptions = (
  name: string,
  { log, metrics }: Pick<HttpOptions, 'log' | 'metrics'>,
): Omit<HttpOptions, 'name' | 'description'> => {
  const health = createHealth(name, '0.0.0');
  health.started();
  return {
    ...{ log, metrics, health, version: '0.0.0', bodyLimitBytes: 1_048_576, validateResponses: true },
    // As long as a test may take: a slow machine is no reason to refuse.
    handlerTimeoutMs: 240_000,
  };
};

/** The HTTP side of a started service without routes of its own, which logs nothing. */
export const testHttp = (options: Partial<HttpOptions> = {}): Promise<Http> => {
  const log = createLogger('test', { LOG_LEVEL: 'silent', LOG_PRETTY: false });
  const metrics = createMetrics('test');
  return buildHttp({
    ...testHttpOptions('test', { log, metrics }),
    ...{ name: 'test', description: '', ...options },
  });
};

/** Asks without a network: with a JSON body, with one that is sent as it is (text or bytes), or with none. */
export const asker =
  (http: Http) =>
  async (method: Method, url: string, body?: unknown, headers: object = {}): Promise<Answer> => {
    const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
    const response = await http.inject({
      method,
      url,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { payload: isRaw ? body : JSON.stringify(body) }),
    });
    const isJson = /json/.test(String(response.headers['content-type'])) && response.body !== '';
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson ? response.json() : response.body,
    };
  };

import { existsSync } from 'node:fs';
import { ports } from './ports.mjs';

const requestTimeoutMs = 10_000;

// Where docker compose has its ports from; what the environment says counts more.
if (existsSync('.env')) process.loadEnvFile('.env');

/** A setting of the walk: the variable SMOKE_NAME; an empty one counts as absent. */
export const setting = (/** @type {string} */ name) => process.env[`SMOKE_${name}`] || undefined;

/**
 * Where the services are, without a slash at the end; from SMOKE_USER_URL and the others, else from SMOKE_HOST, and
 * USER_PORT and the others.
 */
export const serviceUrls =
  /** @type {Record<'user' | 'product' | 'recommendation' | 'analytics', string>} */ (
    Object.fromEntries(
      Object.entries(ports).map(([name, port]) => {
        const given = setting(`${name.toUpperCase()}_URL`);
        const at = process.env[`${name.toUpperCase()}_PORT`] || port;
        return [name, given?.replace(/\/+$/, '') ?? `http://${setting('HOST') ?? '127.0.0.1'}:${at}`];
      }),
    )
  );

/**
 * One request. `body` of the answer is undefined when it is not JSON. Rejects when there is no answer.
 *
 * @param {string} method
 * @param {string} url
 * @param {object} [body]
 * @param {Record<string, string>} [headers]
 */
export const call = async (method, url, body, headers = {}) => {
  const response = await fetch(url, {
    method,
    headers: body ? { 'content-type': 'application/json', ...headers } : headers,
    body: body ? JSON.stringify(body) : null,
    signal: AbortSignal.timeout(requestTimeoutMs),
  });
  const text = await response.text();
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    etag: response.headers.get('etag') ?? '',
    text,
    body: parseJson(text),
  };
};

const parseJson = (/** @type {string} */ text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';

export interface RequestToSend {
  method?: 'POST' | 'PUT';
  path: string;
  /** JSON. */
  body: string;
}

export interface AllSent {
  // biome-ignore lint/suspicious/noExplicitAny: answers are of many kinds
  answers: any[];
  /** When each was sent, in Date.now(). */
  sentAt: number[];
  perSecond: number;
}

const connections = 16;

/**
 * Sends each request once, in this order: 16 at a time, or so many a second. Rejects when one is refused. For requests
 * that cannot be repeated, of which the load generator makes any number.
 */
export const sendAll = async (
  origin: string,
  requests: readonly RequestToSend[],
  perSecond = Number.POSITIVE_INFINITY,
): Promise<AllSent> => {
  const pool = new Pool(origin, { connections });
  const sentAt: number[] = [];
  const send = async ({ method = 'POST', path, body }: RequestToSend, index: number) => {
    sentAt[index] = Date.now();
    const answer = await pool.request({
      method,
      path,
      body,
      headers: { 'content-type': 'application/json' },
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${path} was answered with ${answer.statusCode}: ${text}`);
    return JSON.parse(text);
  };
  const startedAt = performance.now();
  try {
    const answers = await Promise.all(
      requests.map(async (request, index) => {
        if (perSecond !== Number.POSITIVE_INFINITY) await pause((1_000 * index) / perSecond);
        return send(request, index);
      }),
    );
    return { answers, sentAt, perSecond: (1_000 * requests.length) / (performance.now() - startedAt) };
  } finally {
    await pool.close();
  }
};

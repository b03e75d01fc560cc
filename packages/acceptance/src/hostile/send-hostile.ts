import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { HostileRequest } from './hostile-requests.ts';

const deadlineMs = 30_000;
const slowPieces = 5;
const slowPauseMs = 4;

export interface HostileAnswer {
  status: number;
  code: string | undefined;
  retryAfter: string | undefined;
  /** Head and body, as they came. */
  text: string;
}

/** Sends all of the request before it looks at the answer, on a connection of its own. Rejects without an answer. */
export const sendHostile = (url: string, request: HostileRequest): Promise<HostileAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    const fail = (error: Error) => {
      socket.destroy();
      reject(new Error(`${request.kind} to ${request.path}: ${error.message}`, { cause: error }));
    };
    socket.setTimeout(deadlineMs, () => fail(new Error(`no answer in ${deadlineMs} ms`)));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', fail);
    socket.on('close', () => {
      const answer = readAnswer(Buffer.concat(chunks).toString());
      if (answer) resolve(answer);
      else fail(new Error('closed without an answer'));
    });
    writeAll(request, (bytes) => new Promise((done) => socket.write(bytes, () => done())))
      .then(() => request.pace === 'truncated' && socket.end())
      .catch(fail);
  });

const writeAll = async (
  { method, path, headers, body, pace }: HostileRequest,
  write: (bytes: string | Buffer) => Promise<void>,
): Promise<void> => {
  const announced = pace === 'truncated' ? body.length + 1 : body.length;
  const lines = Object.entries({
    host: 'localhost',
    connection: 'close',
    'content-length': `${announced}`,
    ...headers,
  });
  await write(
    `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  );
  const pieces = pace === 'slow' ? slowPieces : 1;
  const length = Math.ceil(body.length / pieces);
  for (let at = 0; at < body.length; at += length) {
    if (at > 0) await pause(slowPauseMs);
    await write(body.subarray(at, at + length));
  }
};

/** The last answer: one to `Expect: 100-continue` may come before it. */
const readAnswer = (text: string): HostileAnswer | undefined => {
  const status = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].at(-1)?.[1];
  if (status === undefined) return undefined;
  return {
    status: Number(status),
    code: /"code":"(\w+)"/.exec(text)?.[1],
    retryAfter: /^retry-after: (\d+)/im.exec(text)?.[1],
    text,
  };
};

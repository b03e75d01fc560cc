import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { STATUS_CODES } from '../node-http.ts';
import { problem, problemBody, problemContentType } from '../problem.ts';

/** Answers what is no HTTP request at all, on the bare socket, with a problem; then closes the connection. */
export const answerClientError = (error: Error & { code?: string }, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable) return void socket.destroy(error);
  const [status, code, detail] = known[error.code ?? ''] ?? malformed;
  const body = JSON.stringify(problemBody(problem(status, code, detail), randomUUID()));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${problemContentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};

type Known = [status: number, code: string, detail: string];
const malformed: Known = [400, 'malformed_request', 'this is not an HTTP request that can be read'];

/** https://nodejs.org/api/http.html#event-clienterror */
const known: Record<string, Known> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request_timeout', 'the request did not arrive in time'],
  HPE_HEADER_OVERFLOW: [431, 'headers_too_large', 'the URL or the headers are too long'],
};

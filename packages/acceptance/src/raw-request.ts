import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface RawRequest {
  method: string;
  /** Sent as it is, unlike what fetch does to a URL. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer | undefined;
}

const deadlineMs = 60_000;
/** One request as it is, bodies of a GET and other oddities included. Rejects without an answer in a minute. */
export const sendRequest = (
  url: string,
  { method, path, headers = {}, body }: RawRequest,
): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const sending = httpRequest(
      { hostname, port, method, path, headers: { ...length, ...headers }, agent: false, timeout: deadlineMs },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          sending.destroy();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      },
    );
    sending.on('error', reject);
    sending.on('timeout', () =>
      sending.destroy(new Error(`${method} ${path}: no answer in ${deadlineMs} ms`)),
    );
    sending.end(body);
  });

/** Sends bytes that need not be HTTP, and gives what comes back until the other side closes. */
export const sendBytes = (url: string, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let answer = '';
    socket.setTimeout(deadlineMs, () => socket.destroy(new Error(`no answer in ${deadlineMs} ms`)));
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });

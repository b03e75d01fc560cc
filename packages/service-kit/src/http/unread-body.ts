import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Http } from './http.ts';

/** Of a body that nobody wants only this much is taken from the client before the connection ends. */
const droppedBytesMax = 64 * 1024 * 1024;

/**
 * Makes an answer end only after the rest of its request's body, which is dropped. Its text is sent at once. An answer
 * that ends earlier may end the connection under a client that is still sending and has not yet looked for it.
 */
export const readToTheEnd = (http: Http): void => {
  http.addHook('onSend', (request, reply, payload, done) => {
    if (!hasUnreadBody(request.raw)) return done(null, payload);
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload))
      return void rest(request.raw).then(() => done(null, payload));
    reply.header('content-length', Buffer.byteLength(payload));
    done(null, Readable.from(endingLate(Buffer.from(payload), request.raw), { objectMode: false }));
  });
};

/** Whether the client may still be sending a body. */
const hasUnreadBody = ({ complete, headers }: IncomingMessage): boolean =>
  complete === false && (headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0);

const endingLate = async function* (answer: Buffer, request: IncomingMessage) {
  yield answer;
  await rest(request);
};

const rest = (request: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    let dropped = 0;
    const done = () => resolve();
    request.on('data', (chunk: Buffer) => {
      dropped += chunk.length;
      if (dropped > droppedBytesMax) resolve();
    });
    request.once('end', done).once('error', done).once('close', done);
    if (request.complete || request.destroyed) resolve();
  });

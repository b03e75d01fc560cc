import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Of a body that nobody wants only this much is taken from the client before the connection ends. */
const droppedBytesMax = 64 * 1024 * 1024;

/** Whether the client may still be sending a body. */
export const hasUnreadBody = ({ complete, headers }: IncomingMessage): boolean =>
  complete === false && (headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0);

/**
 * An answer that is sent at once and ends only after the rest of the request's body, which is dropped. An answer that
 * ends earlier may end the connection under a client that is still sending and has not yet looked for its answer.
 */
export const answerWhileReading = (request: IncomingMessage, answer: string): Readable =>
  Readable.from(
    (async function* () {
      yield Buffer.from(answer);
      await rest(request);
    })(),
    { objectMode: false },
  );

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

import { PassThrough } from 'node:stream';
import type { FastifyReply, FastifyRequest, Http } from '@souk/service-kit/http/http.ts';
import { problem } from '@souk/service-kit/problem.ts';
import { endOf } from '../session-end.ts';
import type { Sessions } from '../sessions.ts';

export const streamsMax = 20;
/** What waits for a client that reads slowly. */
export const waitingBytesMax = 1_048_576;

/** Answers that go on for a while, a bounded number at once. */
export interface Streams {
  /**
   * The body of an answer, and a signal that its client has gone, its session has ended or the console stops. Throws a
   * 503 `too_many_streams`.
   */
  open(request: FastifyRequest, reply: FastifyReply, type: string): [PassThrough, AbortSignal];
}

export const createStreams = (http: Pick<Http, 'addHook'>, sessions: Sessions): Streams => {
  let streams = 0;
  const stopping = new AbortController();
  http.addHook('preClose', async () => stopping.abort());
  return {
    open: (request, reply, type) => {
      if (streams >= streamsMax)
        throw problem(
          503,
          'too_many_streams',
          `at most ${streamsMax} searches and live views are open at once`,
        );
      const ended = AbortSignal.any([endOf(request, reply, sessions), stopping.signal]);
      if (!ended.aborted) {
        streams += 1;
        ended.addEventListener('abort', () => {
          streams -= 1;
        });
      }
      const body = new PassThrough({ highWaterMark: waitingBytesMax });
      body.on('error', () => undefined);
      reply.raw.on('close', () => body.destroy());
      reply.headers({ 'content-type': type, 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
      // Its connection ends with it: one that stays open would hold a console that stops.
      reply.header('connection', 'close');
      request.log.debug('a stream begins');
      return [body, ended];
    },
  };
};

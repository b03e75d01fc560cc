import type { Readable } from 'node:stream';
import { type ValuesLeft, valuesMax, valuesOfOneBody } from '@souk/contracts/json/json-scan.ts';
import type { FastifyRequest } from 'fastify';
import { problem } from '../problem.ts';
import { type BodyMemory, createBodyMemory } from './body-memory.ts';
import { onEnded } from './ended.ts';
import { retryAfterSeconds } from './error-handler.ts';
import type { Http } from './http.ts';

declare module 'fastify' {
  interface FastifyInstance {
    bodyMemory: BodyMemory;
  }
}

/** What a value takes at least, once it is built: an empty object and its place in an array. */
const valueBytes = 64;

/** What addBodyParser needs. */
export const prepareBodies = (http: Http): void => {
  const memory = createBodyMemory();
  http.decorate('bodyMemory', memory);
  onEnded(http, memory.release);
};

/**
 * Makes the routes of `scope` take bodies of this type. `parse` gets the bytes, without a byte order mark, and how
 * many values it may build. Problems: 413 `body_too_large`; 503 `too_many_large_bodies` when those in flight leave
 * no room.
 */
export const addBodyParser = (
  scope: Http,
  contentType: string,
  parse: (bytes: Buffer, left: ValuesLeft, request: FastifyRequest) => unknown,
): void => {
  const memory = scope.bodyMemory;
  scope.addContentTypeParser(contentType, async (request: FastifyRequest, payload: Readable) => {
    const bytes = await receive(request, payload, memory);
    const left = valuesOfOneBody();
    const body = parse(withoutMark(bytes), left, request);
    if (!memory.hold(request, (valuesMax - left.count) * valueBytes)) throw tooManyLargeBodies();
    return body;
  });
};

/** Collects a body; in one buffer, since a body may come in as many chunks as it has bytes. */
const receive = (request: FastifyRequest, payload: Readable, memory: BodyMemory): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const { bodyLimit } = request.route;
    const length = Number(request.headers['content-length']);
    if (length > bodyLimit) throw tooLarge();
    let bytes = Buffer.allocUnsafe(Math.min(length || firstBytes, firstBytes));
    let received = 0;

    const refuse = (error: Error) => {
      payload.off('data', onData).off('end', onEnd).off('error', onError);
      memory.release(request);
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      const total = received + chunk.length;
      if (total > bodyLimit) return refuse(tooLarge());
      if (!memory.hold(request, total)) return refuse(tooManyLargeBodies());
      if (total > bytes.length) bytes = grown(bytes.subarray(0, received), Math.min(2 * total, bodyLimit));
      chunk.copy(bytes, received);
      received = total;
    };
    const onEnd = () =>
      length >= 0 && length !== received ? refuse(otherLength()) : resolve(bytes.subarray(0, received));
    const onError = (cause: Error) => refuse(problem(400, 'bad_request', 'the body ended early', { cause }));
    payload.on('data', onData).on('end', onEnd).on('error', onError);
  });

const firstBytes = 16 * 1024;

const grown = (bytes: Buffer, length: number) => {
  const larger = Buffer.allocUnsafe(length);
  bytes.copy(larger);
  return larger;
};

const mark = Buffer.from('\ufeff');
/** RFC 8259, 8.1: a parser may ignore it. */
const withoutMark = (bytes: Buffer): Buffer =>
  bytes.subarray(0, mark.length).equals(mark) ? bytes.subarray(mark.length) : bytes;

const tooLarge = () => problem(413, 'body_too_large', 'the body is larger than this route takes');

const otherLength = () => problem(400, 'invalid_content_length', 'the body is not as long as content-length');

const tooManyLargeBodies = () =>
  problem(503, 'too_many_large_bodies', 'other large bodies leave no room for this one: try again', {
    headers: { 'retry-after': String(retryAfterSeconds) },
  });

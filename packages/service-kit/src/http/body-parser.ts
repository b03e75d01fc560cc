import type { Readable } from 'node:stream';
import { type ValuesLeft, valuesMax, valuesOfOneBody } from '@souk/contracts/json/json-scan.ts';
import type { FastifyRequest } from 'fastify';
import { problem, tryAgain } from '../problem.ts';
import { type BodyMemory, createBodyMemory } from './body-memory.ts';
import { onEnded } from './ended.ts';
import type { Http } from './http.ts';

declare module 'fastify' {
  interface FastifyInstance {
    bodyMemory: BodyMemory;
  }
  interface FastifyRequest {
    /** Calls `go` when the request may be worked on, or with why it is refused; without it that is at once. */
    awaitTurn: ((go: (refusal?: Error) => void) => void) | undefined;
  }
}

/** What a value takes at least, once it is built: an empty object and its place in an array. */
const valueBytes = 64;

/** What addBodyParser needs. */
export const prepareBodies = (http: Http): void => {
  const memory = createBodyMemory();
  http.decorate('bodyMemory', memory);
  http.decorateRequest('awaitTurn', undefined);
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
  const read = (bytes: Buffer, request: FastifyRequest): unknown => {
    const left = valuesOfOneBody();
    const body = parse(withoutMark(bytes), left, request);
    if (!memory.hold(request, (valuesMax - left.count) * valueBytes)) throw tooManyLargeBodies();
    return body;
  };
  // By a callback: promises would leave 1 KB of garbage for each request.
  scope.addContentTypeParser(contentType, (request: FastifyRequest, payload: Readable, done) =>
    receive({ request, payload, memory, read }, done),
  );
};

interface Receiving {
  request: FastifyRequest;
  payload: Readable;
  memory: BodyMemory;
  read: (bytes: Buffer, request: FastifyRequest) => unknown;
}

/** Collects a body and reads it; in one buffer, since a body may come in as many chunks as it has bytes. */
const receive = (
  { request, payload, memory, read }: Receiving,
  done: (error: Error | null, body?: unknown) => void,
): void => {
  const { bodyLimit } = request.route;
  const length = Number(request.headers['content-length']);
  if (length > bodyLimit) return void done(tooLarge());
  let bytes = Buffer.allocUnsafe(Math.min(length || firstBytes, firstBytes));
  let received = 0;

  const refuse = (error: Error) => {
    payload.off('data', onData).off('end', onEnd).off('error', onError);
    memory.release(request);
    done(error);
  };
  const onData = (chunk: Buffer) => {
    const total = received + chunk.length;
    if (total > bodyLimit) return refuse(tooLarge());
    if (!memory.hold(request, total)) return refuse(tooManyLargeBodies());
    if (total > bytes.length) bytes = grown(bytes.subarray(0, received), Math.min(2 * total, bodyLimit));
    chunk.copy(bytes, received);
    received = total;
  };
  const onEnd = () => {
    if (length >= 0 && length !== received) return refuse(otherLength());
    if (request.awaitTurn) request.awaitTurn(finish);
    else finish();
  };
  const finish = (refusal?: Error) => {
    if (refusal) return refuse(refusal);
    let body: unknown;
    try {
      body = read(bytes.subarray(0, received), request);
    } catch (error) {
      return refuse(error as Error);
    }
    done(null, body);
  };
  const onError = (cause: Error) => refuse(problem(400, 'bad_request', 'the body ended early', { cause }));
  payload.on('data', onData).on('end', onEnd).on('error', onError);
};

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
  tryAgain(503, 'too_many_large_bodies', 'other large bodies leave no room for this one: try again');

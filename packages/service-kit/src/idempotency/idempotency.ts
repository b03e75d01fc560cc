import type { FastifyReply, onSendHookHandler, RouteOptions } from 'fastify';
import type { Http } from '../http/http.ts';
import { intendedRollback } from '../postgres/database.ts';
import { type Answer, answerOnce, type OnceParts, type OnceRequest } from './answer-once.ts';
import { documented, keyOf } from './idempotency-key.ts';
import { answerId, fingerprintOf } from './idempotent-answers.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route takes Idempotency-Key. Every POST that creates says it. */
    idempotent?: Idempotent | false;
  }
}

/**
 * `personal`: the field of the answer that names the user whose data it holds; what is no UUID is no user. `secret`: the
 * answer is not kept.
 */
export type Idempotent = true | { personal?: string; secret?: true };

/**
 * Makes the routes that say `config.idempotent` take Idempotency-Key: what a request with one writes, and what it is
 * answered, is one transaction, and a repeat gets the same answer. Goes after what gives routes further paths.
 */
export const takeIdempotencyKeys = (http: Http, parts: OnceParts | undefined): void => {
  http.addHook('onRoute', (route) => {
    const idempotent = route.config?.idempotent;
    if (parts && idempotent === undefined && creates(route))
      throw new Error(`${route.method} ${route.url}: a POST that creates needs config.idempotent`);
    if (parts && idempotent) takeKeys(route, idempotent, parts);
  });
};

const creates = ({ method, schema }: RouteOptions): boolean =>
  method === 'POST' && ['201', '207'].some((status) => Object.hasOwn(schema?.response ?? {}, status));

type Sent = Awaited<ReturnType<typeof answerOnce>>;

/** An answer that the handler has `given`, and that waits until its transaction has decided which one is `sent`. */
interface Exchange {
  given: PromiseWithResolvers<Answer>;
  isGiven: boolean;
  isOver: boolean;
  sent: PromiseWithResolvers<Sent>;
}

const takeKeys = (route: RouteOptions, idempotent: Idempotent, parts: OnceParts): void => {
  const { handler, schema, url } = route;
  const exchanges = new WeakMap<FastifyReply, Exchange>();
  route.schema = documented(schema);
  route.onSend = [holdAnswers(exchanges), ...[route.onSend ?? []].flat()];
  route.handler = function (request, reply) {
    const key = keyOf(request.headers);
    if (key === undefined) return handler.call(this, request, reply);
    const { caller, params, query, body } = request;
    const use = { caller: caller?.subject ?? 'anyone', route: schema?.operationId ?? url, key };
    const exchange = openExchange();
    exchanges.set(reply, exchange);
    const answered = answerOnce(parts, {
      id: answerId(use),
      fingerprint: fingerprintOf(key, [params, query, body]),
      toKeep: kept(idempotent),
      work: () => answerOf(exchange, reply, async () => handler.call(this, request, reply)),
    });
    return finish(exchange, reply, answered);
  };
};

const openExchange = (): Exchange => ({
  given: Promise.withResolvers(),
  isGiven: false,
  isOver: false,
  sent: Promise.withResolvers(),
});

/** Runs a handler until it has given its answer, which is then held. Rejects with what it throws. */
const answerOf = async (
  { given }: Exchange,
  reply: FastifyReply,
  handle: () => Promise<unknown>,
): Promise<Answer> => {
  const handled = handle().then((value) => {
    if (value !== undefined) reply.send(value);
    // A reply is a promise that its answer has been sent.
    return reply as unknown as Promise<undefined>;
  });
  const answer = await Promise.race([given.promise, handled]);
  if (answer === undefined) throw intendedRollback('the request was answered while its handler was running');
  return answer;
};

/** Sends what a request is answered: here, or through the hook that holds what its handler has given. */
const finish = async (
  exchange: Exchange,
  reply: FastifyReply,
  answered: Promise<Sent>,
): Promise<FastifyReply> => {
  try {
    const sent = await answered;
    exchange.isOver = true;
    if (!exchange.isGiven) return become(reply, sent.answer).send(sent.answer.body);
    exchange.sent.resolve(sent);
  } catch (error) {
    if (!exchange.isGiven) throw error;
    exchange.sent.reject(error);
  }
  return reply;
};

const holdAnswers =
  (exchanges: WeakMap<FastifyReply, Exchange>): onSendHookHandler =>
  (_request, reply, payload, done) => {
    const exchange = exchanges.get(reply);
    if (exchange === undefined || exchange.isOver) return done(null, payload);
    if (reply.statusCode >= 400) {
      // Where the time limit of handlers comes before the commit, nothing is said of what may never be there.
      if (exchange.isGiven) dropHeaders(reply, ofCreated);
      return done(null, payload);
    }
    exchange.isGiven = true;
    exchange.given.resolve({ status: reply.statusCode, headers: headersOf(reply), body: String(payload) });
    exchange.sent.promise.then(
      ({ answer, isRepeat }) => {
        // It has its 503; what was committed is the answer of the repeat.
        if (reply.raw.headersSent) return;
        if (isRepeat) become(reply, answer);
        done(null, isRepeat ? answer.body : payload);
      },
      (error: Error) => {
        if (reply.raw.headersSent)
          return reply.log.warn({ err: error }, 'nothing was stored after the answer');
        dropHeaders(reply, keptHeaders);
        done(error);
      },
    );
  };

const ofCreated = ['etag', 'location'];
const keptHeaders = ['content-type', ...ofCreated];

const dropHeaders = (reply: FastifyReply, names: readonly string[]): void => {
  for (const name of names) reply.removeHeader(name);
};

const headersOf = (reply: FastifyReply): Record<string, string> =>
  Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = reply.getHeader(name);
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );

const become = (reply: FastifyReply, { status, headers }: Answer): FastifyReply =>
  reply.code(status).headers(headers).header('idempotent-replayed', 'true');

const bodyBytesMax = 1024 * 1024;
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const kept =
  (idempotent: Idempotent): OnceRequest['toKeep'] =>
  ({ body }) => {
    const { secret = false, personal } = idempotent === true ? {} : idempotent;
    if (secret || Buffer.byteLength(body) > bodyBytesMax) return { body: undefined, userId: undefined };
    const userId = personal === undefined ? undefined : JSON.parse(body)[personal];
    return { body, userId: uuidPattern.test(userId) ? userId : undefined };
  };

import type {
  FastifyReply,
  FastifyRequest,
  onSendHookHandler,
  preValidationHookHandler,
  RouteOptions,
} from 'fastify';
import type { Http } from '../http/http.ts';
import type { Metrics } from '../metrics.ts';
import { type ProblemError, problem } from '../problem.ts';
import type { Load } from './load.ts';
import { type RequestClass, requestClasses, requestClassOf } from './request-class.ts';
import type { Turns } from './turns.ts';

/** How long a request may wait for its turn, and may keep it when its client has left: as long as handlers may take. */
const turnMaxMs = 30_000;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answer goes on as long as the client wants, and is nothing to wait for. */
    isStream?: boolean;
  }
  interface FastifyRequest {
    /** Gives its place to the next one, once what is left to do is the client's. */
    endTurn: (() => void) | undefined;
  }
}

/** How long refused clients should wait, in seconds: not all the same, or they would all come back at once. */
const retryAfter = { minSeconds: 1, maxSeconds: 10 };

/** Refuses requests early while the service is overloaded. Goes before the hooks that cost something. */
export const shedLoad = (http: Http, load: Load | undefined, metrics: Metrics): void => {
  const refused = metrics.counter('http_requests_shed_total', 'Requests refused because of overload', [
    'class',
  ]);
  for (const requestClass of requestClasses) refused.inc({ class: requestClass }, 0);
  if (!load) return;
  http.decorateRequest('endTurn', undefined);
  const refuse = (requestClass: RequestClass): ProblemError => {
    refused.inc({ class: requestClass });
    return overloaded();
  };
  http.addHook('onRoute', (route: RouteOptions) => {
    const requestClass = requestClassOf(route);
    if (!requestClass) return;
    route.config = { ...route.config, requestClass };
    const hooks = [route.preValidation ?? []].flat();
    // What is served under a second path, or for HEAD, has it already.
    if (!load.turns.has(requestClass) || hooks.includes(awaitTurn)) return;
    route.preValidation = [awaitTurn, ...hooks];
    route.onSend = [...[route.onSend ?? []].flat(), endTurn];
  });
  http.addHook('onRequest', (request, reply, done) => {
    const { requestClass, isStream } = request.route.config;
    if (requestClass === undefined) return done();
    if (load.refuses(requestClass)) return done(refuse(requestClass));
    const turns = isStream ? undefined : load.turns.get(requestClass);
    if (turns)
      request.awaitTurn = turnOf(request, reply, turns, {
        isRefused: () => load.refuses(requestClass),
        refuse: () => refuse(requestClass),
      });
    done();
  });
};

/** For when its body is there, and before it is read: who sends slowly keeps nobody's place. */
const turnOf = (
  request: FastifyRequest,
  reply: FastifyReply,
  turns: Turns,
  { isRefused, refuse }: { isRefused: () => boolean; refuse: () => ProblemError },
): FastifyRequest['awaitTurn'] => {
  let isTaken = false;
  return (go) => {
    // A client that has left meanwhile will not leave again.
    if (isTaken || reply.raw.destroyed) return go();
    isTaken = true;
    if (isRefused()) return go(refuse());
    const waited = setTimeout(() => {
      end();
      go(refuse());
    }, turnMaxMs);
    const end = turns.take((endOnceBegun) => {
      clearTimeout(waited);
      request.endTurn = endOnceBegun;
      go();
    });
    reply.raw.once('close', () => {
      clearTimeout(waited);
      // Its work goes on without the client, and may hold a connection.
      if (request.endTurn) setTimeout(request.endTurn, turnMaxMs).unref();
      else end();
    });
  };
};

/** Where there is no body, of which the parser has waited already. */
const awaitTurn: preValidationHookHandler = (request, _reply, done) =>
  request.awaitTurn ? request.awaitTurn(done) : done();

/** A client may read its answer as slowly as it likes. */
const endTurn: onSendHookHandler = (request, _reply, payload, done) => {
  request.endTurn?.();
  request.endTurn = undefined;
  done(null, payload);
};

const overloaded = () => {
  const { minSeconds, maxSeconds } = retryAfter;
  const seconds = minSeconds + Math.floor(Math.random() * (maxSeconds - minSeconds + 1));
  return problem(503, 'overloaded', 'the service has more to do than it can: try again later', {
    headers: { 'retry-after': String(seconds) },
  });
};

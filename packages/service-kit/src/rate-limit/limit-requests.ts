import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../access/caller.ts';
import { tokenCaller } from '../access/token-caller.ts';
import type { TokenVerifier } from '../access/token-verifier.ts';
import { itemCount } from '../http/batch-body.ts';
import { clientAddress } from '../http/client-address.ts';
import type { Http } from '../http/http.ts';
import { isOperational } from '../http/operational-routes.ts';
import type { Metrics } from '../metrics.ts';
import { type ProblemError, problem } from '../problem.ts';
import type { Limit, LimitClass, Limits } from './limits.ts';
import type { Decision, RateLimiter } from './rate-limiter.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What requests are limited as; by their method without it. A batch costs a token for each item. */
    limit?: LimitClass;
  }
  interface FastifyRequest {
    /** The bucket that the request takes tokens from; undefined where it has no limit. */
    bucket: Bucket | undefined;
  }
}

/** A bucket, what it holds, and how clients are told. */
interface Bucket {
  key: string;
  class: LimitClass;
  limit: Limit;
  policy: string;
}

export interface LimitOptions {
  limits: Limits;
  limiter: RateLimiter;
}

/**
 * Lets each caller do so much alone: the subject of a valid token, or else the client's address. A request takes its
 * tokens from that bucket before its access token is looked at for rights, so guesses at tokens are limited, too.
 * Without limits nothing is refused. Goes before enforceAccess.
 */
export const limitRequests = (
  http: Http,
  options: LimitOptions | undefined,
  { verifier, metrics }: { verifier: TokenVerifier; metrics: Metrics },
): void => {
  const refused = metrics.counter('http_rate_limited_total', 'Requests beyond a limit', ['class']);
  for (const name of classes) refused.inc({ class: name }, 0);
  http.decorateRequest('bucket', undefined);
  if (!options) return;
  const { limits, limiter } = options;
  const [forPeople, forMachines] = [limitsTimes(limits, 1), limitsTimes(limits, limits.machineTimes)];

  const takeTokens = (
    request: FastifyRequest,
    reply: FastifyReply,
    cost: number,
    done: (error?: ProblemError) => void,
  ): void => {
    const { bucket } = request;
    if (!bucket || cost <= 0) return void done();
    const answer = (decision: Decision) => {
      // https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
      reply.header('ratelimit-policy', bucket.policy);
      reply.header(
        'ratelimit',
        `"${bucket.class}";r=${decision.left};t=${Math.ceil(decision.fullInMs / 1_000)}`,
      );
      if (decision.admitted) return done();
      refused.inc({ class: bucket.class });
      done(rateLimited(decision));
    };
    const decision = limiter.take(bucket.key, bucket.limit, cost);
    if (decision instanceof Promise) decision.then(answer);
    else answer(decision);
  };

  http.addHook('onRequest', (request, reply, done) => {
    const limitClass = classOf(request);
    if (!limitClass) return done();
    const takeOne = (caller: Caller | undefined) => {
      const { limit, policy } = (caller && caller.scopes.length > 0 ? forMachines : forPeople)[limitClass];
      const whose = caller ? `subject:${caller.subject}` : `address:${clientAddress(request)}`;
      request.bucket = { key: `${limitClass}:${whose}`, class: limitClass, limit, policy };
      takeTokens(request, reply, 1, done);
    };
    const caller = tokenCaller(request, verifier);
    if (caller instanceof Promise) caller.then(takeOne, () => takeOne(undefined));
    else takeOne(caller);
  });
  // What is in a batch is known once it is read.
  http.addHook('preHandler', (request, reply, done) => {
    takeTokens(request, reply, request.bucket?.class === 'batch' ? itemCount(request.body) - 1 : 0, done);
  });
};

const classes: readonly LimitClass[] = ['read', 'write', 'batch', 'login'];

const classOf = ({ method, route: { url, config } }: FastifyRequest): LimitClass | undefined => {
  if (method === 'OPTIONS' || (url !== undefined && isOperational(url))) return undefined;
  return config?.limit ?? (method === 'GET' || method === 'HEAD' ? 'read' : 'write');
};

/** Of each class the limit, so many times as high. */
const limitsTimes = (limits: Limits, times: number) => {
  const limitOf = (name: LimitClass) => {
    const limit = { perSecond: limits[name].perSecond * times, burst: limits[name].burst * times };
    return { limit, policy: `"${name}";q=${limit.burst};w=${Math.ceil(limit.burst / limit.perSecond)}` };
  };
  return Object.fromEntries(classes.map((name) => [name, limitOf(name)])) as Record<
    LimitClass,
    Omit<Bucket, 'key' | 'class'>
  >;
};

const rateLimited = ({ waitMs }: Decision): ProblemError => {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return problem(429, 'rate_limited', `too many requests: try again in ${seconds} s`, {
    headers: { 'retry-after': String(seconds) },
  });
};

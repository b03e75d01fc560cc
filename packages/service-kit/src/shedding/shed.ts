import type { preValidationHookHandler, RouteOptions } from 'fastify';
import type { Http } from '../http/http.ts';
import type { Metrics } from '../metrics.ts';
import { problem } from '../problem.ts';
import type { Load } from './load.ts';
import { boundedClasses, type RequestClass, requestClasses, requestClassOf } from './request-class.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answer goes on as long as the client wants, and is nothing to wait for. */
    isStream?: boolean;
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
  const isRefused = (requestClass: RequestClass | undefined): boolean => {
    if (requestClass === undefined || !load.refuses(requestClass)) return false;
    refused.inc({ class: requestClass });
    return true;
  };
  /** Once its body is there: who sends slowly keeps nobody's place. */
  const count: preValidationHookHandler = ({ route }, reply, done) => {
    const { requestClass } = route.config;
    // A client that has left meanwhile will not leave again.
    if (requestClass === undefined || reply.raw.destroyed) return done();
    if (isRefused(requestClass)) return done(overloaded());
    load.began(requestClass);
    reply.raw.once('close', () => load.ended(requestClass));
    done();
  };
  http.addHook('onRoute', (route: RouteOptions) => {
    const requestClass = requestClassOf(route);
    if (!requestClass) return;
    route.config = { ...route.config, requestClass };
    const hooks = [route.preValidation ?? []].flat();
    // What is served under a second path, or for HEAD, has it already.
    if (boundedClasses.has(requestClass) && !route.config.isStream && !hooks.includes(count))
      route.preValidation = [count, ...hooks];
  });
  http.addHook('onRequest', (request, _reply, done) =>
    done(isRefused(request.route.config.requestClass) ? overloaded() : undefined),
  );
};

const overloaded = () => {
  const { minSeconds, maxSeconds } = retryAfter;
  const seconds = minSeconds + Math.floor(Math.random() * (maxSeconds - minSeconds + 1));
  return problem(503, 'overloaded', 'the service has more to do than it can: try again later', {
    headers: { 'retry-after': String(seconds) },
  });
};

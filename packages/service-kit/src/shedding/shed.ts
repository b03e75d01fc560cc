import type { RouteOptions } from 'fastify';
import type { Http } from '../http/http.ts';
import type { Metrics } from '../metrics.ts';
import { problem } from '../problem.ts';
import type { Load } from './load.ts';
import { requestClasses, requestClassOf } from './request-class.ts';

/** How long refused clients should wait, in seconds: not all the same, or they would all come back at once. */
const retryAfter = { minSeconds: 1, maxSeconds: 10 };

/** Refuses requests early while the service is overloaded. Goes before the hooks that cost something. */
export const shedLoad = (http: Http, load: Load | undefined, metrics: Metrics): void => {
  const refused = metrics.counter('http_requests_shed_total', 'Requests refused because of overload', [
    'class',
  ]);
  for (const requestClass of requestClasses) refused.inc({ class: requestClass }, 0);
  if (!load) return;
  http.addHook('onRoute', (route: RouteOptions) => {
    const requestClass = requestClassOf(route);
    if (requestClass) route.config = { ...route.config, requestClass };
  });
  http.addHook('onRequest', (request, _reply, done) => {
    const { requestClass } = request.route.config;
    if (requestClass === undefined || !load.refuses(requestClass)) return done();
    refused.inc({ class: requestClass });
    done(overloaded());
  });
};

const overloaded = () => {
  const { minSeconds, maxSeconds } = retryAfter;
  const seconds = minSeconds + Math.floor(Math.random() * (maxSeconds - minSeconds + 1));
  return problem(503, 'overloaded', 'the service has more to do than it can: try again later', {
    headers: { 'retry-after': String(seconds) },
  });
};

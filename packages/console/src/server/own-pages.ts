import type { FastifyRequest, Http } from '@souk/service-kit/http/http.ts';
import { problem } from '@souk/service-kit/problem.ts';

const reads = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what the page of somebody else has a browser send (cross-site request forgery). A change has to show that it
 * comes from the console's own page, a read must not show that it comes from another. Goes before the routes.
 */
export const holdToOwnPages = (http: Http): void => {
  http.addHook('onRequest', (request, _reply, done) => {
    const { method, routeOptions } = request;
    // As it was routed: in what was written, letters may be escaped.
    if (!routeOptions.url?.startsWith('/api/') && reads.has(method)) return done();
    done(isOwn(request) ? undefined : foreignPage());
  });
};

const isOwn = ({ method, headers }: FastifyRequest): boolean => {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || (site === 'none' && reads.has(method));
  const { origin, host } = headers;
  if (origin === undefined) return reads.has(method);
  return URL.canParse(origin) && new URL(origin).host === host;
};

const foreignPage = () => problem(403, 'foreign_page', 'the console takes changes from its own page alone');

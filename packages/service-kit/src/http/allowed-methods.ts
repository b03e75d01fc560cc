import type { FastifyReply, FastifyRequest } from 'fastify';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import { problem } from '../problem.ts';
import { sendProblem } from './error-handler.ts';
import type { Http } from './http.ts';

/** A path with a slash at its end is the path without it: otherwise `/users/` would be the user without an id. */
export const routerOptions = { ignoreTrailingSlash: true } as const;

/**
 * Answers what no route takes: 404 for a path without routes; for any other 405 with `Allow`, or, when it was asked
 * by OPTIONS, 204. Goes before the routes.
 */
export const answerUnrouted = (http: Http): void => {
  const urls = new Map<HTTPMethod, Set<string>>();
  http.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat() as HTTPMethod[])
      urls.set(each, (urls.get(each) ?? new Set<string>()).add(url));
  });
  let methodsOf: ((path: string) => string) | undefined;

  const answer = (request: FastifyRequest, reply: FastifyReply) => {
    methodsOf ??= methodFinder(urls);
    const allow = methodsOf(request.url.split('?', 1)[0] as string);
    if (allow === '') return sendProblem(routeNotFound(), request, reply);
    if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send();
    return sendProblem(methodNotAllowed(allow), request, reply);
  };
  http.setNotFoundHandler(answer);
  // Before its body is looked at: QUERY without a content type would be a 415.
  http.addHook('onRequest', (request, reply, done) => {
    if (request.is404 && request.method === 'QUERY') answer(request, reply);
    else done();
  });
};

/** The framework does not tell which other methods a path has. This is the same router with the same settings. */
const methodFinder = (urls: ReadonlyMap<HTTPMethod, ReadonlySet<string>>): ((path: string) => string) => {
  const router = findMyWay(routerOptions);
  for (const [method, templates] of urls)
    for (const template of templates) router.on(method, template, () => undefined);
  return (path) => [...urls.keys()].filter((method) => router.find(method, path) !== null).join(', ');
};

export const routeNotFound = () => problem(404, 'route_not_found', 'there is no such route');

const methodNotAllowed = (allow: string) =>
  problem(405, 'method_not_allowed', `this path takes ${allow} alone`, { headers: { allow } });

import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { addBodyParser } from '@souk/service-kit/http/body-parser.ts';
import type { FastifyReply, FastifyRequest, Http } from '@souk/service-kit/http/http.ts';
import { problem } from '@souk/service-kit/problem.ts';
import type { MeshUrls } from '../config.ts';
import { authorizationOf, operator } from './access.ts';
import { forwarded } from './forwarded.ts';
import { reach } from './mesh-calls.ts';
import { endOf } from './session-end.ts';
import type { Sessions } from './sessions.ts';

const requestHeaders = [
  'accept',
  'accept-language',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
];
const answerHeaders = [
  'cache-control',
  'content-disposition',
  'content-type',
  'etag',
  'idempotent-replayed',
  'location',
  'retry-after',
];

/** Sends `/api/SERVICE/…` of the page on to the services with the token of the session, as far as it is listed. */
export const forwardRoutes = (http: Http, { services }: MeshUrls, sessions: Sessions): void => {
  const stopping = new AbortController();
  // A stream of a service goes on for minutes: it would hold a console that stops.
  http.addHook('preClose', async () => stopping.abort());
  http.register(async (scope) => {
    const inner = scope as unknown as Http;
    inner.removeAllContentTypeParsers();
    // As it came: the service reads it.
    addBodyParser(inner, 'application/json', (bytes) => bytes);
    for (const service of serviceNames) {
      for (const operation of forwarded(service)) {
        const [method = '', path = ''] = operation.split(' ');
        inner.route({
          method,
          url: `/api/${service}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
          config: operator,
          schema: { hide: true },
          exposeHeadRoute: false,
          handler: forward({ service, origin: services[service], path, sessions, stopping: stopping.signal }),
        });
      }
    }
  });
};

interface Forwarding {
  service: ServiceName;
  origin: string;
  /** The template of the path, as of `forwarded`. */
  path: string;
  sessions: Sessions;
  stopping: AbortSignal;
}

const forward =
  ({ service, origin, path, sessions, stopping }: Forwarding) =>
  async (request: FastifyRequest, reply: FastifyReply) => {
    const target = pathOf(path, request);
    const { body, method } = request;
    const response = await reach(service, `${origin}${target}`, {
      method,
      headers: {
        ...pick(requestHeaders, (name) => request.headers[name] as string | undefined),
        ...(await authorizationOf(request, sessions)),
        'x-request-id': request.id,
      },
      ...(Buffer.isBuffer(body) && body.length > 0 ? { body: body as Uint8Array<ArrayBuffer> } : {}),
      signal: AbortSignal.any([endOf(request, reply, sessions), stopping]),
    });
    if (response.status === 401 && request.session) sessions.distrust(request.session);
    reply
      .code(response.status)
      .headers(pick(answerHeaders, (name) => response.headers.get(name) ?? undefined));
    return reply.send(response.body ? Readable.fromWeb(response.body as ReadableStream) : null);
  };

/**
 * The path that was routed, made from its template: what the browser wrote may mean another one to a client of HTTP, such
 * as `..` in a parameter.
 */
const pathOf = (template: string, { url, params }: FastifyRequest): string => {
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = (params as Record<string, string>)[name] as string;
    if (value === '.' || value === '..') throw problem(404, 'route_not_found', 'there is no such route');
    return encodeURIComponent(value);
  });
  const query = url.indexOf('?');
  return query === -1 ? path : path + url.slice(query);
};

const pick = (names: readonly string[], read: (name: string) => string | undefined) =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = read(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );

import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { addBodyParser } from '@souk/service-kit/http/body-parser.ts';
import type { FastifyReply, FastifyRequest, Http } from '@souk/service-kit/http/http.ts';
import type { MeshUrls } from '../config.ts';
import { authorizationOf, operator } from './access.ts';
import { forwarded } from './forwarded.ts';
import { reach } from './mesh-calls.ts';
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
const atOperatorsPort = new Set(['/health', '/metrics']);

/** Sends `/api/SERVICE/…` of the page on to the services with the token of the session, as far as it is listed. */
export const forwardRoutes = (http: Http, urls: MeshUrls, sessions: Sessions): void => {
  http.register(async (scope) => {
    const inner = scope as unknown as Http;
    inner.removeAllContentTypeParsers();
    // As it came: the service reads it.
    addBodyParser(inner, 'application/json', (bytes) => bytes);
    for (const service of serviceNames) {
      for (const operation of forwarded[service]) {
        const [method = '', path = ''] = operation.split(' ');
        inner.route({
          method,
          url: `/api/${service}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
          config: operator,
          schema: { hide: true },
          exposeHeadRoute: false,
          handler: forward(service, urls, sessions),
        });
      }
    }
  });
};

const forward =
  (service: ServiceName, { services, operators }: MeshUrls, sessions: Sessions) =>
  async (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.slice(`/api/${service}`.length);
    const isForOperators =
      atOperatorsPort.has(path.split('?', 1)[0] as string) && operators[service] !== services[service];
    const origin = isForOperators ? operators[service] : services[service];
    const gone = new AbortController();
    reply.raw.on('close', () => gone.abort());
    const { body, method } = request;
    const response = await reach(service, `${origin}${path}`, {
      method,
      headers: {
        ...pick(requestHeaders, (name) => request.headers[name] as string | undefined),
        ...(isForOperators ? {} : await authorizationOf(request, sessions)),
        'x-request-id': request.id,
      },
      ...(Buffer.isBuffer(body) && body.length > 0 ? { body: body as Uint8Array<ArrayBuffer> } : {}),
      signal: gone.signal,
    });
    reply
      .code(response.status)
      .headers(pick(answerHeaders, (name) => response.headers.get(name) ?? undefined));
    return reply.send(response.body ? Readable.fromWeb(response.body as ReadableStream) : null);
  };

const pick = (names: readonly string[], read: (name: string) => string | undefined) =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = read(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );

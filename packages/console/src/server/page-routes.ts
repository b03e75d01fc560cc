import { routeNotFound } from '@souk/service-kit/http/allowed-methods.ts';
import type { FastifyReply, FastifyRequest, Http } from '@souk/service-kit/http/http.ts';
import type { Asset } from './page-bundle.ts';

/** Nothing from elsewhere, nothing inline: the console shows what strangers wrote. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const yearSeconds = 31_536_000;
const config = { access: 'anyone' } as const;
const schema = { hide: true };

/** Serves the page: the document under the path of every view, the rest under paths that change with the content. */
export const pageRoutes = (http: Http, assets: readonly Asset[]): void => {
  for (const { path, type, body, zipped, etag } of assets) {
    const isDocument = path === '/';
    const headers = {
      etag,
      'cache-control': isDocument ? 'no-cache' : `public, max-age=${yearSeconds}, immutable`,
      'content-security-policy': contentSecurityPolicy,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      vary: 'accept-encoding',
    };
    const send = async (request: FastifyRequest, reply: FastifyReply) => {
      if ((request.params as { view?: string }).view === 'api') throw routeNotFound();
      reply.headers(headers);
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      reply.type(type);
      if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(body);
      return reply.header('content-encoding', 'gzip').send(zipped);
    };
    const urls = isDocument ? ['/', '/:view', '/:view/*'] : [path];
    for (const url of urls) http.get(url, { config, schema }, send);
  }
};

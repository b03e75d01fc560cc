import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Http } from '@souk/service-kit/http/http.ts';

const files = [
  { path: '/', name: 'order-page.html', type: 'text/html; charset=utf-8' },
  { path: '/order-page.css', name: 'order-page.css', type: 'text/css; charset=utf-8' },
  { path: '/order-page.js', name: 'order-page.js', type: 'text/javascript; charset=utf-8' },
] as const;

/** Nothing from elsewhere, nothing inline: an order holds whatever its sender wrote. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the page that looks an order up. Its three files are read once and answered as they are. */
export const orderPage = (http: Http): void => {
  for (const { path, name, type } of files) {
    const body = readFileSync(new URL(name, import.meta.url));
    const etag = `"${hash('sha256', body, 'base64url').slice(0, 22)}"`;
    http.get(path, { config: { access: 'anyone' }, schema: { hide: true } }, async (request, reply) => {
      reply.headers({
        etag,
        // Asked for every time, so that a new version is there at once; unchanged, it costs 304 and no body.
        'cache-control': 'no-cache',
        'content-security-policy': contentSecurityPolicy,
      });
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type(type).send(body);
    });
  }
};

import type { Http } from './http.ts';

/** For answers that are data: whoever shows one as a page loads and runs nothing. */
const contentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
const fixed = {
  'content-security-policy': contentSecurityPolicy,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
const overTls = { ...fixed, 'strict-transport-security': 'max-age=31536000' };

/**
 * Gives every answer what browsers should hold it to; a page sets its own content-security-policy. By hand, since
 * `@fastify/helmet` sets thirteen headers and cannot tell whether a request came over TLS.
 */
export const setSecurityHeaders = (http: Http): void => {
  http.addHook('onRequest', (request, reply, done) => {
    reply.headers(request.protocol === 'https' ? overTls : fixed);
    done();
  });
};

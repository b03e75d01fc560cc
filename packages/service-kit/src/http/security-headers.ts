/** For answers that are data: whoever shows one as a page loads and runs nothing. */
const contentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
const fixed = {
  'content-security-policy': contentSecurityPolicy,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
const overTls = { ...fixed, 'strict-transport-security': 'max-age=31536000' };

/**
 * What browsers should hold every answer to; a page sets its own content-security-policy. By hand, since
 * `@fastify/helmet` sets thirteen headers and cannot tell whether a request came over TLS.
 */
export const securityHeaders = (protocol: 'http' | 'https') => (protocol === 'https' ? overTls : fixed);

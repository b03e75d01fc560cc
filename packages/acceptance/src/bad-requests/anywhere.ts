import { type BadRequest, bad } from './bad-request.ts';

/** What every service refuses, whatever its routes are. */
export const badAnywhere: BadRequest[] = [
  bad('an unknown route', 'GET /api/v1/nothing', {}, 404, 'route_not_found'),
  bad('an unknown route with a body', 'POST /nothing', { json: {} }, 404, 'route_not_found'),
  bad('a page that is not there', 'GET /index.html', {}, 404, 'route_not_found'),
  bad('another version', 'GET /api/v2/users', {}, 404, 'route_not_found'),
  bad('a path that climbs', 'GET /../../etc/passwd', {}, 404, 'route_not_found'),
  bad('a path of slashes', 'GET //////', {}, 404, 'route_not_found'),
  bad('a wrong method', 'DELETE /health', {}, 405, 'method_not_allowed'),
  bad('an odd method', 'PROPFIND /health', {}, 405, 'method_not_allowed'),
  bad('an expectation', 'GET /live', { headers: { expect: '200-maybe' } }, 417, 'expectation_failed'),
  bad('a broken percent-encoding', 'GET /api/v1/%zz', {}, 400, 'invalid_url'),
  bad('a percent-encoding that is no UTF-8', 'GET /api/v1/%ff', {}, 400, 'invalid_url'),
  bad('a very long path', `GET /${'x'.repeat(10_000)}`, {}, 404, 'route_not_found'),
  bad('a URL too long', `GET /?${'x'.repeat(20_000)}`, {}, 431, 'headers_too_large'),
  bad('headers too long', 'GET /live', { headers: { cookie: 'x'.repeat(20_000) } }, 431, 'headers_too_large'),
];

/** Bytes that are no HTTP request: 400 `malformed_request`. */
export const noHttp: [why: string, bytes: string][] = [
  ['no HTTP at all', 'hello\r\n\r\n'],
  ['a header that is none', 'GET /live HTTP/1.1\r\nHost: x\r\nno header\r\n\r\n'],
  ['another protocol', 'GET /live HTTP/9.9\r\nHost: x\r\n\r\n'],
  ['no host', 'GET /live HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['a length that is none', 'POST /users HTTP/1.1\r\nHost: x\r\ncontent-length: many\r\n\r\n'],
  [
    'two lengths',
    'POST /users HTTP/1.1\r\nHost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}',
  ],
];

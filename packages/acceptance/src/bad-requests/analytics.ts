import { type BadRequest, bad, invalid, unknownId } from './bad-request.ts';

const path = '/api/v1/analytics';
const seriesPaths = ['events', 'users/active', 'products/$product'];

export const badForAnalytics: BadRequest[] = [
  ...['2h', '', 'ALL', '-1', '%00'].flatMap((window) => [
    invalid(`the window '${window}'`, `GET ${path}/summary?window=${window}`, {}, ['window']),
    invalid(`the window '${window}'`, `GET ${path}/products/top?window=${window}`, {}, ['window']),
  ]),
  invalid('all at once', `GET ${path}/products/top?metric=fame&window=x&limit=0&order=asc`, {}, [
    'metric',
    'window',
    'limit',
    'order',
  ]),
  invalid('two windows', `GET ${path}/summary?window=1h&window=24h`, {}, ['window']),
  invalid('an unknown field', `GET ${path}/summary?windows=1h`, {}, ['windows']),
  invalid('a key __proto__', `GET ${path}/summary?__proto__=1`, {}, ['__proto__']),
  ...seriesPaths.flatMap((series) => [
    invalid('no time', `GET ${path}/${series}?from=today&to=now`, {}, ['from', 'to']),
    invalid(
      'the wrong order',
      `GET ${path}/${series}?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z`,
      {},
      ['from', 'to'],
    ),
    invalid('a time beyond all', `GET ${path}/${series}?to=9999-12-31T23:59:59Z`, {}, ['to']),
    invalid(
      'too long a range',
      `GET ${path}/${series}?granularity=day&from=0001-01-02T00:00:00Z&to=9998-01-01T00:00:00Z`,
      {},
      ['from', 'to'],
    ),
    invalid('a wrong granularity', `GET ${path}/${series}?granularity=second&step=1`, {}, [
      'granularity',
      'step',
    ]),
  ]),
  ...['products', 'users'].flatMap((kind) => [
    invalid('no id', `GET ${path}/${kind}/all`, {}, ['id']),
    invalid('a NUL', `GET ${path}/${kind}/%00`, {}, ['id']),
    invalid('a URN', `GET ${path}/${kind}/urn:uuid:${unknownId}`, {}, ['id']),
  ]),
  bad('no such product', `GET ${path}/products/${unknownId}`, {}, 404, 'product_not_found'),
  bad('nobody', `GET ${path}/users/${unknownId}`, {}, 404, 'user_not_found'),
  bad('a wrong method', `POST ${path}/summary`, { json: {} }, 405, 'method_not_allowed'),
];

import { type BadRequest, bad, invalid, unknownId } from './bad-request.ts';

const path = '/api/v1/recommendations';

export const badForRecommendation: BadRequest[] = [
  ...['0', '-1', '101', 'ten', '1.5', '', '99999999999999999999', '%00'].map((limit) =>
    invalid(`the limit '${limit}'`, `GET ${path}?limit=${limit}`, {}, ['limit']),
  ),
  ...['best', '', 'POPULAR', '%00', '__proto__'].map((strategy) =>
    invalid(`the strategy '${strategy}'`, `GET /recommendations?strategy=${strategy}`, {}, ['strategy']),
  ),
  invalid('two strategies', `GET ${path}?strategy=popular&strategy=trending`, {}, ['strategy']),
  invalid(
    'all at once',
    `GET ${path}?limit=0&strategy=x&category=${'x'.repeat(300)}&exclude=a,${unknownId},b`,
    {},
    ['limit', 'strategy', 'category', 'exclude/0', 'exclude/2'],
  ),
  invalid('a NUL', `GET ${path}?category=a%00`, {}, ['category']),
  invalid('too many excluded', `GET ${path}?exclude=${Array(101).fill(unknownId).join(',')}`, {}, [
    'exclude',
  ]),
  invalid('a URN', `GET ${path}?exclude=urn:uuid:${unknownId}`, {}, ['exclude/0']),
  bad('a wrong method', `POST ${path}`, { json: {} }, 405, 'method_not_allowed'),
  bad('a strategy as a path', `GET ${path}/popular`, {}, 404, 'route_not_found'),
];

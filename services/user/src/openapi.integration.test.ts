import { afterAll, expect, test } from 'vitest';
import { testApp } from './testing/test-app.ts';

const app = await testApp();
afterAll(() => app.close());

interface Operation {
  tags: string[];
  summary: string;
  requestBody?: { content: object };
  responses: Record<string, { content?: object }>;
}

test('the OpenAPI document has every route with its answers and its problems', async () => {
  const { body } = await app.request('GET', '/openapi.json');
  const routes = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, operations]) =>
      Object.entries(operations)
        .filter(([, { tags }]) => !tags.includes('operations'))
        .map(([method, { responses }]) => `${method} ${path} ${Object.keys(responses).join(' ')}`),
  );
  const register = '201 400 409 413 415 421 422 429 431 500 503';
  const put = '200 400 401 403 404 409 412 413 414 415 421 429 431 500 503';
  const byId = [
    'get ? 200 400 401 403 404 414 421 429 431 500 503',
    `put ? ${put}`,
    'delete ? 204 400 401 403 404 412 414 421 429 431 500 503',
  ];
  expect(routes.toSorted()).toEqual(
    [
      `post /api/v1/users ${register}`,
      'get /api/v1/users 200 400 401 403 421 429 431 500 503',
      ...byId.map((route) => route.replace('?', '/api/v1/users/{id}')),
      'put /api/v1/users/{id}/cart 200 400 401 403 404 412 413 414 415 421 429 431 500 503',
      'post /api/v1/events 200 201 400 401 403 404 409 413 415 421 422 429 431 500 503',
      'get /api/v1/events 200 400 401 403 404 421 429 431 500 503',
      'get /api/v1/events/{id} 200 400 401 403 404 414 421 429 431 500 503',
      'post /api/v1/events/batch 207 400 401 403 409 413 415 421 422 429 431 500 503',
      'post /api/v1/auth/login 200 400 401 413 415 421 429 431 500 503',
      'post /api/v1/auth/refresh 200 400 401 413 415 421 429 431 500 503',
      'post /api/v1/auth/logout 204 400 413 415 421 429 431 500 503',
      'post /api/v1/auth/logout-all 204 400 413 415 421 429 431 500 503',
      'post /api/v1/auth/password-reset 202 400 413 415 421 429 431 500 503',
      'post /api/v1/auth/password-reset/confirm 204 400 413 415 421 429 431 500 503',
      'post /api/v1/auth/token 200 400 401 413 415 421 429 431 500 503',
      'post /api/v1/api-keys 201 400 401 403 409 413 415 421 422 429 431 500 503',
      'get /api/v1/api-keys 200 400 401 403 421 429 431 500 503',
      'delete /api/v1/api-keys/{id} 204 400 401 403 404 414 421 429 431 500 503',
      'get /api/v1/audit 200 400 401 403 406 421 429 431 500 503',
      'get /.well-known/jwks.json 200 421 429 431 500 503',
    ].toSorted(),
  );
  const batch = body.paths['/api/v1/events/batch'].post as Operation;
  expect(Object.keys(batch.requestBody?.content ?? {})).toEqual(['application/json', 'application/x-ndjson']);
  for (const operations of Object.values(body.paths as Record<string, Record<string, Operation>>))
    for (const operation of Object.values(operations)) expect(operation.summary).toBeTruthy();
});

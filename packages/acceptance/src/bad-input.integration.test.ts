import { Validator } from '@seriousme/openapi-schema-validator';
import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { parseMetrics } from '@souk/importers/shop/prometheus-text.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { badForAnalytics } from './bad-requests/analytics.ts';
import { badAnywhere, noHttp } from './bad-requests/anywhere.ts';
import type { BadRequest } from './bad-requests/bad-request.ts';
import { badForOrders } from './bad-requests/orders.ts';
import { badForProduct } from './bad-requests/product.ts';
import { badForRecommendation } from './bad-requests/recommendation.ts';
import { badForAccounts } from './bad-requests/user-accounts.ts';
import { badForEvents } from './bad-requests/user-events.ts';
import { call } from './http-call.ts';
import { sendBytes, sendRequest } from './raw-request.ts';
import { expectProjectionsToMatch } from './resilience/projections.ts';
import { tableFingerprints } from './tables.ts';

const badRequests: Partial<Record<ServiceName, BadRequest[]>> = {
  user: [...badForAccounts, ...badForEvents],
  product: [...badForProduct, ...badForOrders],
  recommendation: badForRecommendation,
  analytics: badForAnalytics,
};

describe('bad input', () => {
  let mesh: TestMesh;
  const known: Record<string, string> = {};
  let before: Record<string, string>;

  beforeAll(async () => {
    mesh = await testMesh();
    await create('user', '/users', { email: 'other@example.com', name: 'Other' });
    known.$user = await create('user', '/users', { email: 'known@example.com', name: 'Known' });
    await create('product', '/products', { name: 'Other', price: 1, sku: 'known-2' });
    known.$product = await create('product', '/products', { name: 'Known', price: 1, sku: 'known-1' });
    const event = { user_id: known.$user, product_id: known.$product, type: 'view' };
    known.$event = await create('user', '/api/v1/events', event);
    await expectProjectionsToMatch(mesh);
    before = await eventually(async () => {
      const [first, second] = [await tableFingerprints(mesh.sql), await tableFingerprints(mesh.sql)];
      expect(second).toEqual(first);
      return second;
    });
  });
  afterAll(() => mesh?.stop());

  const create = async (name: ServiceName, path: string, body: object): Promise<string> => {
    const answer = await call('POST', `${mesh.service(name).url}${path}`, body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body.id;
  };
  const withIds = <T extends string | Buffer | undefined>(text: T): T =>
    (typeof text === 'string'
      ? Object.entries(known).reduce((filled, [name, id]) => filled.replaceAll(name, id), text as string)
      : text) as T;

  for (const name of serviceNames)
    describe(`is refused by ${name} with a problem that names every bad field`, () => {
      for (const bad of [...badAnywhere, ...(badRequests[name] ?? [])])
        test(`${bad.method} ${bad.path.slice(0, 60)}: ${bad.why}`, async () => {
          const { method, headers } = bad;
          const request = { method, headers, path: withIds(bad.path), body: withIds(bad.body) };
          const answer = await sendRequest(mesh.service(name).url, request);

          expect(answer.headers['content-type'], answer.text).toMatch(/^application\/problem\+json/);
          const problem = JSON.parse(answer.text);
          expect([answer.status, problem.code], answer.text).toEqual([bad.status, bad.code]);
          expect(problem).toMatchObject({
            type: expect.any(String),
            title: expect.any(String),
            status: bad.status,
            detail: expect.any(String),
            request_id: expect.stringMatching(/./),
          });
          const { 'x-request-id': requestId = problem.request_id } = answer.headers;
          expect(problem.request_id).toBe(requestId);
          const fields = (problem.errors as { field: string }[] | undefined)?.map(({ field }) => field);
          expect(fields?.sort(), answer.text).toEqual(bad.fields && [...bad.fields].sort());
        });

      for (const [why, bytes, status, code] of noHttp)
        test(`bytes: ${why}`, async () => {
          const answer = await sendBytes(mesh.service(name).url, bytes);

          expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
          expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
          const problem = JSON.parse(answer.split('\r\n\r\n')[1] as string);
          expect(problem).toMatchObject({ status, code, request_id: expect.stringMatching(/./) });
        });
    });

  test('in a batch is refused item by item', async () => {
    const events = [{}, null, 5, { user_id: known.$user, type: 'BAD', x: 1 }, { type: 'view', quantity: 0 }];
    const answer = await call('POST', `${mesh.service('user').url}/api/v1/events/batch`, { events });
    const refused = answer.body.rejected.map(
      ({ index, code, errors }: { index: number; code: string; errors: { field: string }[] }) => [
        index,
        code,
        errors.map(({ field }) => field).sort(),
      ],
    );

    expect(answer).toMatchObject({ status: 207, body: { accepted: 0, repeated: 0 } });
    expect(refused).toEqual([
      [0, 'invalid_request', ['type', 'user_id']],
      [1, 'invalid_request', ['']],
      [2, 'invalid_request', ['']],
      [3, 'invalid_request', ['type', 'x']],
      [4, 'invalid_request', ['quantity', 'user_id']],
    ]);
  });

  test('changes no row of any table', async () => {
    expect(await tableFingerprints(mesh.sql)).toEqual(before);
  });

  test('is never the fault of a service: none has answered with a 5xx', async () => {
    for (const name of serviceNames) {
      const samples = parseMetrics((await call('GET', `${mesh.service(name).url}/metrics`)).body);
      const requests = samples.filter((sample) => sample.name === 'http_requests_total');
      expect(requests.filter(({ labels }) => labels.status?.startsWith('4'))).not.toEqual([]);
      const failures = requests.filter(
        ({ labels }) =>
          labels.status?.startsWith('5') && labels.route !== '/ready' && labels.route !== '/health',
      );
      expect(failures).toEqual([]);
    }
  });

  for (const name of serviceNames) {
    test(`meets a valid OpenAPI 3.1 document of ${name}`, async () => {
      const { status, body } = await call('GET', `${mesh.service(name).url}/openapi.json`);
      const validator = new Validator();

      expect(status).toBe(200);
      expect(await validator.validate(body)).toMatchObject({ valid: true });
      expect(validator.version).toBe('3.1');
    });

    test(`is not a slash at the end of a path: every list of ${name} answers as it does without`, async () => {
      const { url } = mesh.service(name);
      const { paths } = (await call('GET', `${url}/openapi.json`)).body;
      const lists = Object.keys(paths).filter(
        (path) => paths[path].get && path.startsWith('/api/') && !path.includes('{'),
      );

      expect(lists).not.toEqual([]);
      for (const path of lists) {
        const plain = await call('GET', url + path);
        expect(plain.status, path).toBe(200);
        expect(await call('GET', `${url}${path}/`)).toMatchObject({ status: 200, body: plain.body });
      }
    });

    test(`meets documentation of ${name} for people, with all that its page needs`, async () => {
      const { url } = mesh.service(name);
      const page = await call('GET', `${url}/docs`);
      const links = [...page.body.matchAll(/(?:src|href)="\.?([^"]+)"/g)].map(([, link]) => link as string);

      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toContain('text/html');
      expect(links.length).toBeGreaterThan(2);
      for (const link of links)
        expect((await call('GET', `${url}/docs/${link.replace(/^\/(docs\/)?/, '')}`)).status, link).toBe(200);
    });
  }
});

import { Validator } from '@seriousme/openapi-schema-validator';
import { exampleOrder } from '@souk/contracts/orders.ts';
import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { parseMetrics } from '@souk/importers/shop/prometheus-text.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { testMesh } from '@souk/testing/mesh.ts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { badAnywhere, noHttp } from '../bad-requests/anywhere.ts';
import type { BadRequest } from '../bad-requests/bad-request.ts';
import { badByHand } from '../bad-requests/by-hand.ts';
import { casesOf, wrongMethodsOf } from '../bad-requests/from-document.ts';
import { areWithin, type Document } from '../bad-requests/operation.ts';
import { call } from '../http-call.ts';
import { sendBytes, sendRequest } from '../raw-request.ts';
import { expectProjectionsToMatch } from '../resilience/projections.ts';
import { tableFingerprints } from '../tables.ts';

/** Operations and requests: fewer mean that the document, or what is derived from it, has lost something. */
const derivedAtLeast: Record<string, [operations: number, requests: number]> = {
  user: [14, 1_000],
  product: [17, 1_800],
  recommendation: [5, 80],
  analytics: [10, 300],
};

const takeNothing = [
  ...['getLiveness', 'getReadiness', 'getHealth', 'getMetrics', 'getStats', 'getPublicKeys'],
  ...['getConfiguration', 'listPositions'],
];

const ajv = new Ajv2020();
/** Of parameters, bodies and answers, with those that they refer to. A service does not look at them when it starts. */
const schemasIn = (node: unknown): object[] => {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'schema' ? [value] : key === 'schemas' ? Object.values(value) : schemasIn(value),
  );
};

describe('bad input', async () => {
  const mesh = await testMesh();
  afterAll(() => mesh.stop());
  const known: Record<string, string> = {};
  let before: Record<string, string>;

  beforeAll(async () => {
    await create('user', '/users', { email: 'other@example.com', name: 'Other' });
    known.$user = await create('user', '/users', { email: 'known@example.com', name: 'Known' });
    await create('product', '/products', { name: 'Other', price: 1, sku: 'known-2' });
    known.$product = await create('product', '/products', { name: 'Known', price: 1, sku: 'known-1' });
    const event = { user_id: known.$user, product_id: known.$product, type: 'view' };
    known.$event = await create('user', '/api/v1/events', event);
    await create('product', '/api/v1/orders', { ...exampleOrder, order_uid: 'known' });
    known.$order = 'known';
    known.$checkout = 'known';
    await expectProjectionsToMatch(mesh);
    before = await eventually(async () => {
      const [first, second] = [await tableFingerprints(mesh.sql), await tableFingerprints(mesh.sql)];
      expect(second).toEqual(first);
      return second;
    });
  });

  const create = async (name: ServiceName, path: string, body: object): Promise<string> => {
    const answer = await call('POST', `${mesh.service(name).url}${path}`, body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body.id;
  };
  const withIds = (text: string): string =>
    Object.entries(known).reduce((filled, [name, id]) => filled.replaceAll(name, id), text);

  /** All that is wrong with an answer is told, not only the first of it. */
  const expectRefusal = async (name: ServiceName, bad: BadRequest): Promise<void> => {
    const { method, headers, status, code, within } = bad;
    const request = {
      method,
      headers,
      path: withIds(bad.path),
      body: typeof bad.body === 'string' ? withIds(bad.body) : bad.body,
    };
    const answer = await sendRequest(mesh.service(name).url, request);
    const told = `${method} ${bad.path.slice(0, 100)}: ${bad.why}: ${answer.text.slice(0, 600)}`;

    expect.soft(answer.headers['content-type'], told).toMatch(/^application\/problem\+json/);
    const problem = JSON.parse(answer.text);
    expect.soft([answer.status, problem.code], told).toEqual([status, code]);
    expect.soft(problem, told).toMatchObject({
      type: expect.any(String),
      title: expect.any(String),
      status,
      detail: expect.any(String),
      request_id: expect.stringMatching(/./),
    });
    const { 'x-request-id': requestId = problem.request_id } = answer.headers;
    expect.soft(problem.request_id, told).toBe(requestId);
    const fields = (problem.errors as { field: string }[] | undefined)?.map(({ field }) => field).sort();
    if (within === undefined) expect.soft(fields, told).toEqual(bad.fields && [...bad.fields].sort());
    else expect.soft(areWithin(within, problem.errors), told).toBe(true);
  };

  for (const name of serviceNames) {
    const document: Document = (await call('GET', `${mesh.service(name).url}/openapi.json`)).body;
    const cases = casesOf(document);
    const wrong = [...cases.flatMap(({ requests }) => requests), ...wrongMethodsOf(document)];

    test(`derives enough from the document of ${name}: ${wrong.length} requests, ${cases.length} operations`, () => {
      const [operations, requests] = derivedAtLeast[name] ?? [1, 1];
      expect(cases.length).toBeGreaterThanOrEqual(operations);
      expect(wrong.length).toBeGreaterThanOrEqual(requests);
      for (const { operationId } of cases.filter(({ requests }) => requests.length === 0))
        expect(takeNothing).toContain(operationId);
    });

    describe(`every operation of ${name} refuses each wrong request with a problem that names the field`, () => {
      for (const { operationId, path, requests, items, listName } of cases) {
        if (requests.length > 0)
          test(`${operationId}: ${requests.length} requests`, async () => {
            for (const request of requests) await expectRefusal(name, request);
          });

        if (items.length > 0)
          test(`${operationId}: ${items.length} items of a batch, one by one`, async () => {
            const body = JSON.stringify({ [listName]: items.map(({ value }) => value) });
            const answer = await call('POST', mesh.service(name).url + path, body);

            expect(answer.status, JSON.stringify(answer.body)).toBe(207);
            for (const [index, { at, value }] of items.entries()) {
              const refused = answer.body.rejected.find((one: { index: number }) => one.index === index);
              const told = `${JSON.stringify(value)?.slice(0, 200)}: ${JSON.stringify(refused)}`;
              expect.soft(refused?.code, told).toBe('invalid_request');
              expect.soft(areWithin(at, refused?.errors), told).toBe(true);
            }
          });
      }

      test('a method that a path does not have', async () => {
        for (const request of wrongMethodsOf(document)) await expectRefusal(name, request);
      });
    });

    describe(`${name} refuses with a problem what no document can say`, () => {
      for (const bad of [...badAnywhere, ...(badByHand[name] ?? [])])
        test(`${bad.method} ${bad.path.slice(0, 60)}: ${bad.why}`, () => expectRefusal(name, bad));

      for (const [why, bytes] of noHttp)
        test(`bytes: ${why}`, async () => {
          const answer = await sendBytes(mesh.service(name).url, bytes);

          expect(answer).toMatch(/^HTTP\/1.1 400 /);
          expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
          const problem = JSON.parse(answer.split('\r\n\r\n')[1] as string);
          expect(problem).toMatchObject({ status: 400, code: 'malformed_request' });
          expect(problem.request_id).toMatch(/./);
        });
    });
  }

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
    test(`meets a valid OpenAPI 3.1 document of ${name}, with valid JSON schemas`, async () => {
      const { status, body } = await call('GET', `${mesh.service(name).url}/openapi.json`);
      const validator = new Validator();

      expect(status).toBe(200);
      expect(await validator.validate(body)).toMatchObject({ valid: true });
      for (const schema of schemasIn(body))
        expect(ajv.validateSchema(schema), JSON.stringify(schema)).toBe(true);
      expect(validator.version).toBe('3.1');
    });

    test(`is not a slash at the end of a path: every list of ${name} answers as it does without`, async () => {
      const { url } = mesh.service(name);
      const { paths } = (await call('GET', `${url}/openapi.json`)).body;
      const isRequired = ({ required, in: place }: { required?: boolean; in: string }) =>
        place === 'query' && required;
      const lists = Object.keys(paths).filter(
        (path) =>
          paths[path].get &&
          path.startsWith('/api/') &&
          // These two depend on the moment.
          !/\{|\/stream$|\/what-if$/.test(path) &&
          !paths[path].get.parameters?.some(isRequired),
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

import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from './http-call.ts';

/** The heap that the services have in production. */
const productionHeap = '--max-semi-space-size=2 --max-old-space-size=128';

let mesh: TestMesh;

beforeAll(async () => {
  mesh = await testMesh({ env: { NODE_OPTIONS: productionHeap, LOG_LEVEL: 'warn' } });
});
afterAll(() => mesh?.stop());

const json = 'application/json';
const ndjson = 'application/x-ndjson';
const tooMany = 'has more than 131072 values and keys';
const tooDeep = 'is nested deeper than 64 levels';
const objects = (count: number): string => `[${'{},'.repeat(count)}{}]`;

const bombs = (field: string): [body: string, type: string, cause: string][] => [
  [`{"${field}":[${objects(2_700_000)}]}`, json, tooMany],
  ['['.repeat(8_000_000), json, tooDeep],
  ['{"a":'.repeat(1_600_000), json, tooDeep],
  [`{"data":${objects(2_700)}}\n`.repeat(999), ndjson, tooMany],
];

test.each([
  ['user', '/api/v1/events/batch', 'events'],
  ['product', '/api/v1/products/batch', 'products'],
] as const)(
  'no body ends the process of %s: a 400 names what is wrong with it',
  async (name, path, field) => {
    const { url } = mesh.service(name);
    for (const [body, type, cause] of bombs(field)) {
      const answer = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      const { errors } = (await answer.json()) as { errors?: unknown };
      expect([answer.status, errors]).toEqual([400, [{ field: '', message: cause }]]);
    }
    expect((await call('GET', `${url}/ready`)).status).toBe(200);
  },
);

test('texts in JSON that hold JSON share the limit of their batch', async () => {
  const { url } = mesh.service('user');
  const { body: user } = await call('POST', `${url}/api/v1/users`, {
    email: 'bomb@example.com',
    name: 'Bomb',
  });
  const event = { user_id: user.id, type: 'view', data: `{"a":${objects(2_600)}}` };
  const { status, body } = await call('POST', `${url}/api/v1/events/batch`, {
    events: Array(1_000).fill(event),
  });
  expect([status, body.accepted]).toEqual([207, 50]);
  expect(body.rejected[0].errors).toEqual([{ field: 'data', message: tooMany }]);
});

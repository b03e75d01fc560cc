import { readFile } from 'node:fs/promises';
import { serviceNames } from '@souk/contracts/services.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../http-call.ts';
import { hostileRequests, person, targets } from './hostile-requests.ts';
import { type HostileAnswer, sendHostile } from './send-hostile.ts';

/** The heap that the services have in production. */
const productionHeap = '--max-semi-space-size=4 --max-old-space-size=128';

let mesh: TestMesh;

beforeAll(async () => {
  mesh = await testMesh({ env: { NODE_OPTIONS: productionHeap, LOG_LEVEL: 'debug' } });
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

/** Every week CI sends 10,000. */
const bodiesPerService = Number(process.env.HOSTILE_BODIES ?? 1_000);
const atOnce = 20;
const memoryMbMax = 300;
const seed = 9;

/** The most memory that a process ever had, in MB. */
const peakMemoryMb = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
};

const sendMany = async (url: string, paths: readonly string[]): Promise<HostileAnswer[]> => {
  const requests = hostileRequests(paths, seed);
  const answers: HostileAnswer[] = [];
  let left = bodiesPerService;
  const client = async (): Promise<void> => {
    for (; left > 0; ) {
      left -= 1;
      answers.push(await sendHostile(url, requests.next().value));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return answers;
};

test.each(serviceNames)(
  `${bodiesPerService} hostile bodies to %s, ${atOnce} at once: every client gets its answer, no 5xx, bounded memory, nothing personal in refusals and logs`,
  { timeout: 300_000 },
  async (name) => {
    const { url, pid, logs } = mesh.service(name);
    const answers = await sendMany(url, targets[name] as string[]);
    const peakMb = await peakMemoryMb(pid);

    const counts = Object.groupBy(answers, ({ status, code }) => `${status} ${code ?? ''}`.trim());
    const lines = Object.entries(counts).map(([answer, alike = []]) => `  ${alike.length} × ${answer}`);
    console.log([`${name}: ${answers.length} answers, at most ${peakMb} MB`, ...lines.sort()].join('\n'));
    const overload = ({ code, retryAfter }: HostileAnswer) =>
      code === 'too_many_large_bodies' && retryAfter === '1';
    expect(answers.filter((answer) => answer.status >= 500 && !overload(answer))).toEqual([]);
    expect(answers).toHaveLength(bodiesPerService);
    const refusals = answers.filter(({ status }) => status >= 400).map(({ text }) => text);
    const told = [...refusals, ...logs].filter((text) =>
      Object.values(person).some((value) => text.includes(value)),
    );
    expect(told).toEqual([]);
    expect(peakMb).toBeLessThan(memoryMbMax);
    expect((await call('GET', `${url}/ready`)).status).toBe(200);
  },
);

import { expect, test } from 'vitest';
import { createHealth } from './health.ts';

const up = async () => undefined;
const down = async () => {
  throw Object.assign(new Error('connect to db-7.internal refused'), { code: 'ECONNREFUSED' });
};

const started = (
  checks: Record<string, { critical: boolean; neededToServe?: boolean; check: () => Promise<undefined> }>,
) => {
  const health = createHealth('user', '1.0.0');
  for (const [name, check] of Object.entries(checks)) health.dependency(name, check);
  health.started();
  return health;
};

test('everything there is ok and ready', async () => {
  const health = started({ postgres: { critical: true, neededToServe: true, check: up } });
  expect(await health.report()).toMatchObject({
    status: 'ok',
    service: 'user',
    version: '1.0.0',
    uptime_seconds: expect.any(Number),
    dependencies: { postgres: { status: 'ok', latency_ms: expect.any(Number) } },
  });
  expect(await health.readiness()).toEqual({ ready: true });
});

test('a critical dependency down is down; without Kafka the service still serves', async () => {
  const health = started({
    postgres: { critical: true, neededToServe: true, check: up },
    kafka: { critical: true, check: down },
  });
  const report = await health.report();
  expect(report.status).toBe('down');
  expect(report.dependencies.kafka).toEqual({ status: 'down', error: 'ECONNREFUSED' });
  expect(await health.readiness()).toEqual({ ready: true });
});

test('without Postgres it does not', async () => {
  const health = started({ postgres: { critical: true, neededToServe: true, check: down } });
  expect(await health.readiness()).toEqual({ ready: false, reason: 'postgres down' });
});

test('a dependency that is not critical only degrades', async () => {
  const health = started({ redis: { critical: false, check: down } });
  expect((await health.report()).status).toBe('degraded');
});

test('a check that hangs counts as down after a second, and all run at once', async () => {
  let asked = 0;
  const hang = () => {
    asked += 1;
    return new Promise<undefined>(() => undefined);
  };
  const health = started({ a: { critical: true, check: hang }, b: { critical: true, check: hang } });
  const report = health.report();
  expect(asked).toBe(2);
  const { dependencies } = await report;
  expect(dependencies).toEqual({
    a: { status: 'down', error: 'timeout' },
    b: { status: 'down', error: 'timeout' },
  });
});

test('before the start it is down and says what it waits for; on its way out it is not ready', async () => {
  const health = createHealth('user', '1.0.0');
  health.waitFor('postgres at db:5432');
  expect(await health.report()).toMatchObject({ status: 'down', waiting_for: 'postgres at db:5432' });
  expect(await health.readiness()).toEqual({ ready: false, reason: 'waiting for postgres at db:5432' });
  health.started();
  health.stopping();
  expect(await health.readiness()).toEqual({ ready: false, reason: 'stopping' });
});

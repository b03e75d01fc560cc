import { Type } from '@souk/contracts/typebox.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { testPostgres } from '@souk/testing/postgres.ts';
import type { TestPostgres } from '@souk/testing/servers.ts';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { serviceEnv } from '../config/env-fields.ts';
import { readEnv } from '../config/read-env.ts';
import { buildHttp } from '../http/server.ts';
import { openParts, type ServiceParts } from './parts.ts';

let postgres: TestPostgres;
let parts: ServiceParts;

beforeAll(async () => {
  postgres = await testPostgres();
  const config = readEnv(Type.Object(serviceEnv(8080)), {
    DATABASE_URL: postgres.url('user_service'),
    DATABASE_POOL_MAX: '2',
    KAFKA_BROKERS: '127.0.0.1:1',
    LOG_LEVEL: 'silent',
  });
  parts = await openParts({ name: 'parts', version: '0.0.0', config, migrations: [] });
  parts.health.started();
});
afterAll(async () => {
  for (const stop of parts?.stops.toReversed() ?? []) await stop();
  await postgres?.remove();
});

test('is ready and healthy while requests have every connection of the pool', async () => {
  const { db, health } = parts;
  const release = Promise.withResolvers<void>();
  const begun = Array.from({ length: db.poolMax }, () => Promise.withResolvers<void>());
  const requests = begun.map(({ resolve }) =>
    db.transaction('hold', async (tx) => {
      await tx`select 1`;
      resolve();
      await release.promise;
    }),
  );
  await Promise.all(begun.map(({ promise }) => promise));
  const queued = db.save('queued', (sql) => sql`select 1`);

  await eventually(async () => {
    expect(await health.readiness()).toEqual({ ready: true });
    expect(await health.report()).toMatchObject({
      status: 'ok',
      dependencies: { postgres: { status: 'ok' } },
    });
  });

  release.resolve();
  await Promise.all([...requests, queued]);
});

test('while many batches wait, those at work leave connections to ordinary writes', async () => {
  const { db, httpOptions } = parts;
  const http = await buildHttp({ ...httpOptions, description: '' });
  onTestFinished(() => http.close());
  const release = Promise.withResolvers<void>();
  const half = Math.ceil(db.poolMax / 2);
  const first = 2 * db.poolMax;
  let begun = 0;
  const hidden = {
    config: { access: 'anyone' as const, idempotent: false as const },
    schema: { hide: true },
  };
  http.post(
    '/batch',
    { ...hidden, schema: { hide: true, response: { 207: Type.Object({}) } } },
    async (_request, reply) => {
      await db.transaction('hold', async (tx) => {
        await tx`select 1`;
        begun += 1;
        if (begun > first) await release.promise;
      });
      return reply.code(207).send({});
    },
  );
  http.post('/write', hidden, () => db.save('write', (sql) => sql`select 1`));
  const post = async (url: string) => (await http.inject({ method: 'POST', url })).statusCode;

  const batches = Array.from({ length: 3 * first }, () => post('/batch'));
  await eventually(() => expect(begun).toBe(first + half));
  expect(await post('/write')).toBe(200);
  release.resolve();
  expect(await Promise.all(batches)).toEqual(batches.map(() => 207));
});

test('is not ready when Postgres is gone or hangs, and is again when it is back', async () => {
  const { health } = parts;
  const notReady = { ready: false, reason: 'postgres down' };
  const expectReady = () => eventually(async () => expect(await health.readiness()).toEqual({ ready: true }));

  await postgres.stop('SIGKILL');
  expect(await health.readiness()).toEqual(notReady);
  await postgres.start();
  await expectReady();

  postgres.pause();
  expect(await health.readiness()).toEqual(notReady);
  postgres.resume();
  await expectReady();
});

import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectProjectionsToMatch } from '../resilience/projections.ts';
import { startTraffic, type Traffic } from '../resilience/traffic.ts';
import { openPreviousBuild } from './previous-build.ts';

const owners: ServiceName[] = ['user', 'product'];
const consumers: ServiceName[] = ['recommendation', 'analytics'];
let mesh: TestMesh;
let traffic: Traffic;
let previous: ReturnType<typeof openPreviousBuild>;

beforeAll(async () => {
  previous = openPreviousBuild();
  mesh = await testMesh();
});
afterAll(async () => {
  await mesh?.stop();
  previous?.remove();
});

/** The services end, and come back as the build before, or as this one. */
const replace = (names: readonly ServiceName[], from?: URL) =>
  Promise.all(
    names.map(async (name) => {
      await mesh.service(name).stop();
      await mesh.start(name, { from });
    }),
  );
const shop = async () => {
  await traffic.activity(200);
  await traffic.changes();
  await expectProjectionsToMatch(mesh);
};

test('the build before works on the schema of this one', async () => {
  await replace(serviceNames, previous.services);
  traffic = await startTraffic(mesh);
  await shop();
});

test('consumers of the build before apply the events of this one', async () => {
  await replace(owners);
  traffic = await startTraffic(mesh);
  await shop();
  for (const name of consumers) expect(mesh.service(name).logs.join('\n')).not.toContain('dead letter');
});

test('consumers of this build go on where those before have ended', async () => {
  await replace(consumers);
  await shop();
});

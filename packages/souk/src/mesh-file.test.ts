import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceNames } from '@souk/contracts/services.ts';
import { afterAll, expect, test } from 'vitest';
import { findMesh, type MeshAddresses, writeMeshFile } from './mesh-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'souk-state-'));
afterAll(() => rmSync(folder, { recursive: true }));

const meshOn = (port: number, pid = process.pid): MeshAddresses => {
  const url = `http://127.0.0.1:${port}`;
  const services = Object.fromEntries(serviceNames.map((name) => [name, url])) as MeshAddresses['services'];
  return { pid, services, kafkaBrokers: '127.0.0.1:1', redisUrl: null, postgresUrls: {} };
};
/** Larger than any process id. */
const nobody = 2 ** 30;

test('a command means the only mesh that runs, whatever its ports; of several the usual one, or it asks', () => {
  expect(findMesh(undefined, join(folder, 'none'))).toBeUndefined();
  writeMeshFile(9080, meshOn(9080), folder);
  writeMeshFile(9090, meshOn(9090, nobody), folder);
  expect(findMesh(undefined, folder)).toEqual(meshOn(9080));
  expect(findMesh(9070, folder)).toBeUndefined();

  writeMeshFile(9070, meshOn(9070), folder);
  expect(() => findMesh(undefined, folder)).toThrow('say which with --port-base 9070 or 9080');
  expect(findMesh(9070, folder)).toEqual(meshOn(9070));

  writeMeshFile(8080, meshOn(8080), folder);
  expect(findMesh(undefined, folder)).toEqual(meshOn(8080));
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceNames } from '@souk/contracts/services.ts';
import { afterAll, expect, test } from 'vitest';
import { type MeshAddresses, writeMeshFile } from '../mesh-file.ts';
import { meantMesh } from './kafka-brokers.ts';

const folder = mkdtempSync(join(tmpdir(), 'souk-state-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('mixes nothing of the mesh of the checkout with a part of another one, unless it is named itself', () => {
  const services = Object.fromEntries(
    serviceNames.map((name) => [name, 'http://127.0.0.1:8080']),
  ) as MeshAddresses['services'];
  const mesh = { pid: process.pid, services, kafkaBrokers: '127.0.0.1:1', redisUrl: null, postgresUrls: {} };
  writeMeshFile(8080, mesh, folder);
  expect(meantMesh({}, folder)).toEqual(mesh);
  for (const named of [
    { brokers: 'kafka:9092' },
    { databaseUrl: 'postgres://db/souk' },
    { userUrl: 'https://user.shop.example' },
  ]) {
    expect(meantMesh(named, folder)).toBeUndefined();
    expect(meantMesh({ ...named, portBase: 8080 }, folder)).toEqual(mesh);
  }
});

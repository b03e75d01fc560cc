import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceName } from '@souk/contracts/services.ts';
import { stateFolder } from './root.ts';

/** The addresses of a running mesh. The Postgres ones hold passwords, so the file is readable for its owner alone. */
export interface MeshAddresses {
  /** Of `souk up`. */
  pid: number;
  services: Record<ServiceName, string>;
  kafkaBrokers: string;
  redisUrl: string | null;
  /** One per role; `postgres` is the superuser. */
  postgresUrls: Record<string, string>;
}

/** Says where the mesh is, for the other commands and for psql. */
export const writeMeshFile = (portBase: number, addresses: MeshAddresses): void => {
  mkdirSync(stateFolder(portBase), { recursive: true });
  rmSync(path(portBase), { force: true });
  writeFileSync(path(portBase), `${JSON.stringify(addresses, null, 2)}\n`, { mode: 0o600 });
};

/** The mesh that `souk up` runs from this checkout, or undefined when there is none. */
export const readMeshFile = (portBase: number): MeshAddresses | undefined => {
  try {
    const addresses: MeshAddresses = JSON.parse(readFileSync(path(portBase), 'utf8'));
    return isAlive(addresses.pid) ? addresses : undefined;
  } catch {
    return undefined;
  }
};

export const removeMeshFile = (portBase: number): void => rmSync(path(portBase), { force: true });

const path = (portBase: number): string => join(stateFolder(portBase), 'mesh.json');

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ServiceName } from '@souk/contracts/services.ts';
import { defaultPortBase, stateBase, stateFolder } from './root.ts';

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
export const writeMeshFile = (portBase: number, addresses: MeshAddresses, base = stateBase): void => {
  const file = pathOf(portBase, base);
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  writeFileSync(file, `${JSON.stringify(addresses, null, 2)}\n`, { mode: 0o600 });
};

/** The mesh that `souk up` runs from this checkout on that port base, or undefined when there is none. */
export const readMeshFile = (portBase: number, base = stateBase): MeshAddresses | undefined => {
  try {
    const addresses: MeshAddresses = JSON.parse(readFileSync(pathOf(portBase, base), 'utf8'));
    return isAlive(addresses.pid) ? addresses : undefined;
  } catch {
    return undefined;
  }
};

/**
 * The mesh that a command means: on the given port base; without one the mesh on the usual ports, else the only one
 * that runs from this checkout. Throws an Error for the user when several do.
 */
export const findMesh = (portBase: number | undefined, base = stateBase): MeshAddresses | undefined => {
  const usual = readMeshFile(portBase ?? defaultPortBase, base);
  if (usual || portBase !== undefined || !existsSync(base)) return usual;
  const others = readdirSync(base)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readMeshFile(Number(name), base) ?? []);
  if (others.length <= 1) return others[0];
  const ports = others.map(({ services }) => new URL(services.user).port);
  throw new Error(`several meshes run from here: say which with --port-base ${ports.join(' or ')}`);
};

export const removeMeshFile = (portBase: number): void =>
  rmSync(pathOf(portBase, stateBase), { force: true });

const pathOf = (portBase: number, base: string): string => join(stateFolder(portBase, base), 'mesh.json');

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

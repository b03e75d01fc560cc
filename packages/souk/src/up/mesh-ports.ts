import { consolePortOf, serviceNames, servicePort } from '@souk/contracts/services.ts';
import { claimIfFree, claims, freePort, isPortFree } from '@souk/embedded/ports.ts';
import { readMeshFile } from '../mesh-file.ts';

/** Beside the usual ports, so that a server of the machine's own does not get in the way. */
const preferred = { postgres: 15_432, kafka: 19_092, redis: 16_379 };

export interface PortWishes {
  host: string;
  portBase: number;
  postgresPort?: number | undefined;
  kafkaPort?: number | undefined;
  redisPort?: number | undefined;
}

export interface MeshPorts {
  postgres: number;
  kafka: number;
  redis: number;
}

/**
 * Checks that the ports of the services, and those asked for by option, are free, and chooses the others. Throws an
 * Error that names every taken port and says what to do, and when another mesh is starting or stopping there.
 */
export const choosePorts = async (wishes: PortWishes): Promise<MeshPorts> => {
  const { host, portBase, postgresPort, kafkaPort, redisPort } = wishes;
  // First: a start at the same moment tries the same ports.
  const isClaimed = await claims(`up-${portBase}`);
  const another = `another mesh runs, starts or stops on port ${portBase}: stop it, or choose others, for example ${example(portBase)}`;
  if (!isClaimed && !readMeshFile(portBase)) throw new Error(another);
  const asked = [postgresPort, kafkaPort, redisPort].filter((port) => port !== undefined);
  const servicePorts = [...serviceNames.map((name) => servicePort(name, portBase)), consolePortOf(portBase)];
  const free = await Promise.all([
    ...servicePorts.map((port) => isPortFree(port, host)),
    ...asked.map((port) => isPortFree(port)),
  ]);
  const taken = [...servicePorts, ...asked].filter((_, index) => !free[index]);
  if (taken.length > 0) throw new Error(takenMessage(taken, portBase));
  if (!isClaimed) throw new Error(another);

  return {
    postgres: postgresPort ?? (await preferredOrFree(preferred.postgres)),
    kafka: kafkaPort ?? (await preferredOrFree(preferred.kafka)),
    redis: redisPort ?? (await preferredOrFree(preferred.redis)),
  };
};

const takenMessage = (taken: number[], portBase: number): string => {
  const ports = taken.length === 1 ? `port ${taken[0]} is taken` : `ports ${taken.join(', ')} are taken`;
  const other = readMeshFile(portBase);
  if (other) return `${ports} by the mesh already started from here (process ${other.pid}): stop it first`;
  return `${ports}: stop what listens there, or choose others, for example ${example(portBase)}`;
};

const example = (portBase: number): string => `npm start -- --port-base ${portBase + 10_000}`;

const preferredOrFree = async (port: number): Promise<number> =>
  (await claimIfFree(port)) ? port : freePort();

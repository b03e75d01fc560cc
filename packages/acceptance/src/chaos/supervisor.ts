import { type ServiceName, serviceNames } from '@souk/contracts/services.ts';
import { describeExit } from '@souk/embedded/child.ts';
import type { TestMesh } from '@souk/testing/mesh.ts';
import type { RunningService } from '@souk/testing/service.ts';

/** The processes of the services: it knows which were ended on purpose, and starts the others again. */
export interface Supervisor {
  /** Those that were not ended, oldest first; a killed one is out at once. */
  replicas(name: ServiceName): readonly RunningService[];
  /** One more process; it is not waited for. */
  start(name: ServiceName): Promise<RunningService>;
  /** Ends a process on purpose, and waits for its end. */
  end(service: RunningService, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Processes that ended by themselves since it was asked last, with their last lines. */
  takeExits(): string[];
  close(): void;
}

const lastLines = 5;

export const openSupervisor = (mesh: TestMesh): Supervisor => {
  const running = new Map<ServiceName, RunningService[]>(serviceNames.map((name) => [name, []]));
  let exits: string[] = [];
  let closed = false;
  const ofName = (name: ServiceName) => running.get(name) as RunningService[];
  const remove = (service: RunningService): ServiceName | undefined => {
    const name = serviceNames.find((one) => ofName(one).includes(service));
    if (name)
      running.set(
        name,
        ofName(name).filter((one) => one !== service),
      );
    return name;
  };
  const watch = async (service: RunningService) => {
    const exit = await service.exited;
    const name = remove(service);
    if (name === undefined || closed) return;
    exits.push(`${name} ended with ${describeExit(exit)}:\n${service.logs.slice(-lastLines).join('\n')}`);
    await start(name);
  };
  const adopt = (name: ServiceName, service: RunningService) => {
    ofName(name).push(service);
    void watch(service);
    return service;
  };
  const start = async (name: ServiceName) => adopt(name, await mesh.start(name, { wait: false }));
  for (const name of serviceNames) adopt(name, mesh.service(name));
  return {
    replicas: ofName,
    start,
    end: async (service, signal) => {
      remove(service);
      service.kill(signal);
      service.kill('SIGCONT');
      if (signal === 'SIGTERM') await service.stop();
      await service.exited;
    },
    takeExits: () => {
      const taken = exits;
      exits = [];
      return taken;
    },
    close: () => {
      closed = true;
    },
  };
};

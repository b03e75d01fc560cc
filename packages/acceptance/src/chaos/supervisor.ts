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
  /** Processes that ended by themselves, or not at all when they were asked to, since the last call; with their last lines. */
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
  const report = ({ name, logs }: RunningService, what: string) =>
    exits.push(`${name} ${what}:\n${logs.slice(-lastLines).join('\n')}`);
  const watch = async (service: RunningService) => {
    const exit = await service.exited;
    const name = remove(service);
    if (name === undefined || closed) return;
    report(service, `ended by itself with ${describeExit(exit)}`);
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
      const exit = await (signal === 'SIGTERM' ? service.stop() : service.exited);
      if (exit.signal && exit.signal !== signal) report(service, `did not end after ${signal}`);
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

import { serviceNames } from '@souk/contracts/services.ts';
import type { RunningService } from '@souk/testing/service.ts';
import type { Fault } from '../fault.ts';

/** A process of a service ends, at any moment, and is started again; or it freezes. */
export const serviceFaults: readonly Fault[] = serviceNames.flatMap((name): Fault[] => [
  ...(['SIGKILL', 'SIGTERM'] as const).map(
    (signal): Fault => ({
      name: `${name} gets ${signal}`,
      claims: [name],
      start: async (chaos, random) => {
        await chaos.end(random.pick(chaos.replicas(name)), signal);
        return async () => void (await chaos.start(name));
      },
    }),
  ),
  {
    name: `${name} freezes`,
    claims: [name],
    start: async (chaos) => {
      const frozen = chaos.replicas(name)[0] as RunningService;
      frozen.kill('SIGSTOP');
      return async () => frozen.kill('SIGCONT');
    },
  },
]);

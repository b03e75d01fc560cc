import { existsSync } from 'node:fs';
import { serviceNames } from '@souk/contracts/services.ts';
import type { RunningService } from '@souk/testing/service.ts';
import type { Fault } from '../fault.ts';

/** Where Debian's package faketime has it. */
const library = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`;

/** A service, which the seed chooses, is started again with another clock, and then with the right one. */
export const clockFaults: readonly Fault[] = ['+1h', '-1h'].map((offset) => ({
  name: `a service's clock is wrong by ${offset}`,
  claims: serviceNames,
  missing: () =>
    existsSync(library) ? undefined : "a wrong clock needs libfaketime: Debian's package faketime",
  start: async (chaos, random) => {
    const name = random.pick(serviceNames);
    const startAgain = async (env: Record<string, string>) => {
      chaos.startWith(name, env);
      await chaos.end(chaos.replicas(name)[0] as RunningService, 'SIGTERM');
      await chaos.start(name);
    };
    await startAgain({ LD_PRELOAD: library, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' });
    return () => startAgain({});
  },
}));

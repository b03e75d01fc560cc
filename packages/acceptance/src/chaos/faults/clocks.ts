import { serviceNames } from '@souk/contracts/services.ts';
import type { RunningService } from '@souk/testing/service.ts';
import type { Fault } from '../fault.ts';

/**
 * JavaScript's clock alone: libfaketime, which changes the whole process's, lets librdkafka wait without end for
 * a time that has passed.
 */
const wrongClock = new URL('wrong-clock.ts', import.meta.url).href;
const hourMs = 3_600_000;

/** A service, which the seed chooses, is started again with another clock, and then with the right one. */
export const clockFaults: readonly Fault[] = [
  { offset: '+1h', offsetMs: hourMs },
  { offset: '-1h', offsetMs: -hourMs },
].map(({ offset, offsetMs }) => ({
  name: `a service's clock is wrong by ${offset}`,
  claims: serviceNames,
  start: async (chaos, random) => {
    const name = random.pick(serviceNames);
    const startAgain = async (env: Record<string, string>) => {
      chaos.startWith(name, env);
      await chaos.end(chaos.replicas(name)[0] as RunningService, 'SIGTERM');
      await chaos.start(name);
    };
    await startAgain({ NODE_OPTIONS: `--import=${wrongClock}`, WRONG_CLOCK_MS: String(offsetMs) });
    return () => startAgain({});
  },
}));

import { setTimeout as sleep } from 'node:timers/promises';
import { serviceNames } from '@souk/contracts/services.ts';
import type { Row } from '../climb.ts';
import type { Figure } from '../report/figure.ts';
import { residentMiB } from '../stack/process-stats.ts';
import type { World } from '../stack/world.ts';

const idleForMs = 5_000;
const goals = { idle: 110, peak: 180 };

/** Resident memory: some seconds after the start, and the most that any process has had in the rows before. */
export const memory: Row<{ world: World }> = {
  name: 'memory',
  work: 'memory (RSS)',
  measure: async ({ world }, { stack }) => {
    await sleep(idleForMs);
    return serviceNames.flatMap((name): Figure[] => {
      const { now } = residentMiB(world.service(name).pid);
      const peak = stack.observed.peaksMiB.get(name);
      const idle: Figure = { label: `${name}, idle`, unit: 'MiB', value: now, goal: { atMost: goals.idle } };
      return peak === undefined
        ? [idle]
        : [idle, { label: `${name}, peak`, unit: 'MiB', value: peak, goal: { atMost: goals.peak } }];
    });
  },
};

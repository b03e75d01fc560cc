import { setTimeout as pause } from 'node:timers/promises';
import type { RunningService } from '@souk/testing/service.ts';
import type { Fault } from '../fault.ts';
import { repeatedly } from './repeatedly.ts';

const frozenMs = 180;
const awakeMs = 20;

export const slowConsumerFaults: readonly Fault[] = [
  ...(['analytics', 'recommendation'] as const).flatMap((name): Fault[] => [
    {
      name: `${name} has a tenth of a processor`,
      claims: [name],
      start: async (chaos) => {
        const [slow] = chaos.replicas(name) as [RunningService];
        return repeatedly(awakeMs, async () => {
          slow.kill('SIGSTOP');
          await pause(frozenMs);
          slow.kill('SIGCONT');
        });
      },
    },
    {
      name: `${name}'s tables are locked`,
      claims: [name, 'postgres'],
      start: async ({ mesh: { sql } }) => {
        const lock = await sql.reserve();
        await lock`begin`;
        await lock.unsafe(`lock table ${name}_service.consumer_positions in exclusive mode`);
        return async () => {
          await lock`rollback`;
          lock.release();
        };
      },
    },
  ]),
];

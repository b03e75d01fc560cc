import { serviceNames } from '@souk/contracts/services.ts';
import type { RunningService } from '@souk/testing/service.ts';
import type { ChaosMesh } from '../chaos-mesh.ts';
import type { Fault } from '../fault.ts';

/** Replicas come and go, and the relay's leader is one that goes. Beside another fault they may not get ready at once. */
export const replicaFaults: readonly Fault[] = [
  ...serviceNames.map(
    (name): Fault => ({
      name: `a second replica of ${name} joins and leaves`,
      claims: [name],
      start: async (chaos, random) => {
        const second = await chaos.start(name);
        await second.ready().catch(() => undefined);
        return () => chaos.end(second, random.pick(['SIGTERM', 'SIGKILL'] as const));
      },
    }),
  ),
  ...(['user', 'product'] as const).flatMap((name): Fault[] => [
    {
      name: `the leader of ${name}'s relay is killed, and another takes over`,
      claims: [name],
      start: async (chaos) => {
        const leader = chaos.replicas(name)[0] as RunningService;
        await (await chaos.start(name)).ready().catch(() => undefined);
        await chaos.end(leader, 'SIGKILL');
        return async () => undefined;
      },
    },
    {
      name: `the leader of ${name}'s relay freezes, is replaced, and wakes up`,
      claims: [name],
      start: async (chaos) => {
        const leader = chaos.replicas(name)[0] as RunningService;
        await (await chaos.start(name)).ready().catch(() => undefined);
        leader.kill('SIGSTOP');
        await endLeadership(chaos, name).catch(() => undefined);
        return async () => {
          leader.kill('SIGCONT');
          await chaos.end(leader, 'SIGTERM');
        };
      },
    },
  ]),
];

/** What the network does to the session of a machine that has vanished, without waiting for its keep-alive. */
const endLeadership = ({ mesh }: ChaosMesh, name: string) => mesh.sql`
  select pg_terminate_backend(pid) from pg_stat_activity
  where application_name = ${`souk:relay:${name}-updates`}
    and pid in (select pid from pg_locks where locktype = 'advisory' and granted)`;

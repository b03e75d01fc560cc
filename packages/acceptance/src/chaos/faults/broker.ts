import { orders } from '@souk/contracts/orders.ts';
import { topics } from '@souk/contracts/topics.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { RunningService } from '@souk/testing/service.ts';
import { call } from '../../http-call.ts';
import type { ChaosMesh } from '../chaos-mesh.ts';
import type { Fault } from '../fault.ts';
import { repeatMessages } from './messages.ts';

/** The load goes on. */
const unreadMax = 50;
const claims = ['kafka'];

/** Without a broker every request is still answered: writes wait in the outboxes. */
export const brokerFaults: readonly Fault[] = [
  {
    name: 'the broker crashes',
    ...{ claims, unnoticed: true },
    start: async ({ broker }) => {
      await broker.stopKeepingLog('SIGKILL');
      return () => broker.startWithLog();
    },
  },
  {
    name: 'the broker is restarted',
    ...{ claims, unnoticed: true },
    start: async ({ broker }) => {
      await broker.stopKeepingLog();
      return () => broker.startWithLog();
    },
  },
  {
    name: 'the broker freezes',
    ...{ claims, unnoticed: true },
    start: async ({ broker }) => {
      broker.pause();
      return async () => broker.resume();
    },
  },
  {
    name: 'the broker loses its log',
    ...{ claims: [...claims, 'messages'], unnoticed: true },
    start: async (chaos) => {
      await chaos.broker.stop();
      return async () => {
        await chaos.broker.start();
        await sendAgain(chaos);
      };
    },
  },
  ...(['analytics', 'recommendation'] as const).map(
    (name): Fault => ({
      name: `the broker loses its log while ${name} is frozen`,
      claims: [...claims, 'messages', name],
      start: async (chaos, random) => {
        // Now the consumer is further in the log than it would be without repeats.
        await repeatMessages(chaos, random);
        await waitUntilRead(chaos, name);
        const [frozen] = chaos.replicas(name) as [RunningService];
        frozen.kill('SIGSTOP');
        await chaos.broker.stop();
        return async () => {
          await chaos.broker.start();
          await waitUntilPublished(chaos);
          frozen.kill('SIGCONT');
          await sendAgain(chaos);
        };
      },
    }),
  ),
  {
    name: "the broker's disk is full",
    ...{ claims, unnoticed: true },
    missing: ({ disks }) => (disks ? undefined : 'a small disk needs the right to mount'),
    start: async ({ broker, disks }) => {
      disks?.kafka.fill();
      return async () => {
        disks?.kafka.free();
        // It ends by itself, sooner or later, when it cannot write.
        await broker.stopKeepingLog('SIGKILL');
        await broker.startWithLog();
      };
    },
  },
];

/** What an outside system does that learns of a lost log. Nobody sends poison again. */
const sendAgain = async ({ sender, topicOrders, journal }: ChaosMesh): Promise<void> => {
  journal.poison.clear();
  const messages = [...topicOrders].map(([key, value]) => ({ key, value }));
  if (messages.length > 0) await sender.send(orders.name, messages);
};

const waitUntilRead = (chaos: ChaosMesh, name: 'analytics' | 'recommendation') =>
  eventually(async () => {
    const { url } = chaos.replicas(name)[0] as RunningService;
    const { body } = await call('GET', `${url}/health`);
    if (body.dependencies.kafka.lag > unreadMax) throw new Error(`${name} has not read the repeats`);
  });

/** What was in the outboxes when it was asked first. */
const waitUntilPublished = async ({ mesh: { sql } }: ChaosMesh): Promise<void> => {
  for (const { name, owner } of topics) {
    const schema = sql(`${owner}_service`);
    const [last] = await sql`select coalesce(max(id), 0) as id from ${schema}.outbox`;
    await eventually(async () => {
      const [cursor] = await sql`select last_id from ${schema}.outbox_cursor`;
      if (cursor?.last_id < last?.id) throw new Error(`${name} is not published again`);
    });
  }
};

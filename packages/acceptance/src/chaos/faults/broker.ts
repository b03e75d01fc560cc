import { orders } from '@souk/contracts/orders.ts';
import type { ChaosMesh } from '../chaos-mesh.ts';
import type { Fault } from '../fault.ts';

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

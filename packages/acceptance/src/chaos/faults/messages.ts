import { topics } from '@souk/contracts/topics.ts';
import { headerOf, readTopic } from '@souk/testing/topic.ts';
import type { Random } from '../../random.ts';
import type { ChaosMesh } from '../chaos-mesh.ts';
import type { Fault } from '../fault.ts';
import { poisonHeader } from '../journal.ts';
import { sendPoison } from './poison.ts';

const repeatsMax = 300;
const claims = ['kafka', 'messages'];

/** What somebody else may write to the topics. */
export const messageFaults: readonly Fault[] = [
  {
    name: 'messages come again, out of order',
    ...{ claims, unnoticed: true },
    start: async (chaos, random) => {
      await repeatMessages(chaos, random);
      return async () => undefined;
    },
  },
  {
    name: 'messages that nobody can read',
    ...{ claims, unnoticed: true },
    start: async (chaos) => {
      await sendPoison(chaos);
      return () => sendPoison(chaos);
    },
  },
];

/** The newest messages of each log once more, in a random order, each in its own partition. */
export const repeatMessages = async ({ broker, sender }: ChaosMesh, random: Random): Promise<void> => {
  for (const { name } of topics) {
    const all = (await readTopic(broker.brokers, name)).filter((one) => !headerOf(one, poisonHeader));
    const messages = random
      .shuffled(all.slice(-repeatsMax))
      .map(({ key, value, headers = [], partition }) => ({
        ...{ key: key ?? null, value, partition },
        headers: Object.assign({}, ...headers) as Record<string, string>,
      }));
    await sender.send(name, messages);
  }
};

import { randomUUID } from 'node:crypto';
import { orders } from '@souk/contracts/orders.ts';
import { topics } from '@souk/contracts/topics.ts';
import type { ChaosMesh } from '../chaos-mesh.ts';
import { poisonHeader } from '../journal.ts';

/** Sends messages that no consumer can read, to every topic that is consumed; each becomes a dead letter of each group. */
export const sendPoison = async ({ sender, journal, users, products }: ChaosMesh): Promise<void> => {
  const send = async (topic: string, key: string, value: string, headers: Record<string, string>) => {
    const mark = randomUUID();
    await sender.send(topic, [{ key, value, headers: { ...headers, [poisonHeader]: mark } }]);
    journal.poison.set(mark, topic);
  };
  for (const { name, source, key } of topics) {
    const id = (key === 'user_id' ? users : products)[0] as string;
    const envelope = {
      ...{
        'content-type': 'application/json',
        ce_specversion: '1.0',
        ce_id: randomUUID(),
        ce_source: source,
      },
      ce_time: new Date().toISOString(),
      // So high that it cannot be a repeat.
      ce_sequence: `${2n ** 60n}`,
    };
    await send(name, id, '{"not": json', {});
    await send(name, id, `{"${key}": "${id}"}`, { ...envelope, ce_type: `${name.split('-')[0]}.deleted.v1` });
  }
  await send(orders.name, 'poison', '{"order_uid": "poison"}', {});
};

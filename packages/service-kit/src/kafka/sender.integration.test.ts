import { testBroker } from '@souk/testing/broker.ts';
import { readTopic } from '@souk/testing/topic.ts';
import { expect, test } from 'vitest';
import { openSender } from './sender.ts';

/** In the order of the topic, each once: a real broker knows a batch that is sent again, the one in memory does not. */
const parcels = async (brokers: string): Promise<string[]> => {
  const log = await readTopic(brokers, 'parcels');
  return [...new Set(log.map(({ value, partition }) => `${partition} ${value}`))];
};

test('sends in the order given what a broker that went away had not acknowledged', async () => {
  const broker = await testBroker(['parcels']);
  const sender = await openSender(broker.brokers);
  const messages = Array.from({ length: 500 }, (_, index) => ({ key: 'a', value: `${index}`, partition: 2 }));
  await sender.send('parcels', messages.slice(0, 1));

  await broker.stop();
  const sending = sender.send('parcels', messages);
  await broker.start();
  await sending;

  expect(await parcels(broker.brokers)).toEqual(messages.map(({ value }) => `2 ${value}`));
  await sender.close();
  await broker.stop();
});

test('keeps the order of calls that came together while the broker was away', async () => {
  const broker = await testBroker(['parcels']);
  const sender = await openSender(broker.brokers);
  await broker.stop();
  const sending = ['1', '2', '3'].map((value) => sender.send('parcels', [{ key: 'a', value, partition: 2 }]));
  await broker.start();
  await Promise.all(sending);

  expect(await parcels(broker.brokers)).toEqual(['2 1', '2 2', '2 3']);
  await sender.close();
  await broker.stop();
});

test('says where no broker answers', async () => {
  await expect(openSender('127.0.0.1:1')).rejects.toThrow('no Kafka broker answers at 127.0.0.1:1');
});

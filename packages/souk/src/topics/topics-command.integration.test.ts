import { startBroker } from '@souk/embedded/broker.ts';
import { freePort } from '@souk/embedded/ports.ts';
import { expect, test } from 'vitest';
import { soukHere } from '../testing/souk-here.ts';

const apply = (...args: string[]) => soukHere(['topics', 'apply', ...args]);

test.each([
  [
    'fewer copies than must have a message',
    ['--replication', '1'],
    '--min-insync 2 of 1 copies can never be had',
  ],
  ['a broker that does not answer', ['--brokers', '127.0.0.1:1'], 'no Kafka broker answers at 127.0.0.1:1'],
  ['what is no broker', ['--brokers', 'nowhere'], 'brokers such as 127.0.0.1:9092'],
])('refuses %s in one line', async (_, args, message) => {
  const { code, errors } = await apply(...args);
  expect(code).toBe(1);
  expect(errors.trim().split('\n')).toEqual([expect.stringContaining(message)]);
});

test('says in one line that there are too few brokers, and what a broker refuses', async () => {
  const broker = await startBroker({ ports: [await freePort()], topics: [] });
  try {
    const tooFew = await apply('--brokers', broker.brokers);
    expect(tooFew).toMatchObject({ code: 1, output: '' });
    expect(tooFew.errors).toBe(
      'souk: 3 copies need 3 brokers, and there is 1: give --replication 1 --min-insync 1\n',
    );
    // The broker in memory cannot create topics.
    const refused = await apply('--brokers', broker.brokers, '--replication', '1', '--min-insync', '1');
    expect(refused.errors).toMatch(/^souk: Kafka did not create [\w.-]+: .+\n$/);
    expect(refused.errors).not.toContain('[Object]');
  } finally {
    await broker.stop();
  }
});

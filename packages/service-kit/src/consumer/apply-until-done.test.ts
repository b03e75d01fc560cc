import { userUpdates } from '@souk/contracts/user-updates.ts';
import pino from 'pino';
import { expect, test } from 'vitest';
import type { ReceivedMessage } from '../kafka/message.ts';
import { createMetrics } from '../metrics.ts';
import type { Database } from '../postgres/database.ts';
import { projection } from '../projection/subscription.ts';
import { type RetryOptions, tryToApply } from './apply-until-done.ts';
import { consumerMetrics } from './consumer-metrics.ts';

const message = (offset: number): ReceivedMessage => ({
  ...{ topic: userUpdates.name, partition: 0, offset, key: null, value: null, headers: {} },
  ...{ bytes: 0, receivedAtMs: 0 },
});

/** Every transaction takes too long, as behind a lock that somebody holds for minutes. */
const options: RetryOptions = {
  db: {
    transaction: () => Promise.reject(Object.assign(new Error('too long'), { code: '25P04' })),
  } as unknown as Database,
  group: 'test',
  subscription: projection(userUpdates, async () => undefined),
  sendDeadLetters: async () => undefined,
  metrics: consumerMetrics(createMetrics('test'), 'test', [userUpdates.name]),
  log: pino({ level: 'silent' }),
  onCommitted: () => undefined,
};

test('what takes too long is tried in halves, and a single message as it is', async () => {
  const partsOf = async (messages: ReceivedMessage[]) => {
    const failed = await tryToApply(options, new AbortController(), { messages, failures: 0 });
    return failed?.parts.map((part) => part.messages.map(({ offset }) => offset));
  };
  expect(await partsOf([message(0), message(1), message(2)])).toEqual([[0], [1, 2]]);
  expect(await partsOf([message(0)])).toEqual([[0]]);
});

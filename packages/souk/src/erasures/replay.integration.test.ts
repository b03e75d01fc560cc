import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeEvent } from '@souk/contracts/cloud-event.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { openSender } from '@souk/service-kit/kafka/sender.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { expect, test } from 'vitest';
import { replayErasures } from './replay.ts';

const deleted = (user_id: string, index: number) =>
  encodeEvent(userUpdates.source, {
    id: randomUUID(),
    sequence: `${index + 1}`,
    type: 'user.deleted.v1',
    key: user_id,
    time: '2026-03-02T18:00:00.000Z',
    data: JSON.stringify({ user_id, version: 2, deleted_at: '2026-03-02T18:00:00.000Z' }),
  });

test('waits where the rate limit refuses it, and deletes everybody who was deleted', async () => {
  const ids = Array.from({ length: 3 }, () => randomUUID());
  const broker = await testBroker([userUpdates.name]);
  const sender = await openSender(broker.brokers);
  await sender.send(userUpdates.name, ids.map(deleted));
  await sender.close();
  const asked: string[] = [];
  const users = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    if (asked.length === 2) response.writeHead(429, { 'retry-after': '1' }).end();
    else response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(users, 'listening');
  const userUrl = `http://127.0.0.1:${(users.address() as AddressInfo).port}`;
  try {
    const { known, erased } = await replayErasures({ brokers: broker.brokers, userUrl });

    expect({ known, erased: erased.toSorted() }).toEqual({ known: 3, erased: ids.toSorted() });
    expect(asked).toHaveLength(4);
    expect(asked[2]).toBe(asked[1]);
  } finally {
    users.close();
    await broker.release();
  }
});

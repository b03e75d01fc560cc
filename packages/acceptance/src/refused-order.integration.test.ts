import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exampleOrder } from '@souk/contracts/orders.ts';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import { pendingDeadLetters } from '@souk/service-kit/dead-letters/read-dead-letters.ts';
import { openSender, type Sender } from '@souk/service-kit/kafka/sender.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { testPostgres } from '@souk/testing/postgres.ts';
import type { TestBroker, TestPostgres } from '@souk/testing/servers.ts';
import { type RunningService, spawnService } from '@souk/testing/service.ts';
import { soukHere } from 'souk/testing/souk-here.ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const deadlineMs = 120_000;

let postgres: TestPostgres;
let broker: TestBroker;
let product: RunningService;
let sender: Sender;
let url: string;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'souk-order-'));
  [postgres, broker] = await Promise.all([testPostgres(), testBroker(kafkaTopics.map(({ name }) => name))]);
  product = await spawnService('product', {
    DATABASE_URL: postgres.url('product_service'),
    KAFKA_BROKERS: broker.brokers,
    KAFKA_FETCH_WAIT_MAX_MS: '30',
    KAFKA_SESSION_TIMEOUT_MS: '4000',
  });
  url = product.url;
  sender = await openSender(broker.brokers);
  await product.ready();
});
afterAll(async () => {
  await sender?.close();
  await product?.stop();
  await Promise.all([broker?.stop(), postgres?.remove()]);
  rmSync(folder, { recursive: true, force: true });
});

const dlq = (...args: string[]) =>
  soukHere(['dlq', ...args, '--brokers', broker.brokers], { VISUAL: 'sed -i s/\\"en\\"/\\"by-hand\\"/' });
const succeeds = async (...args: string[]) => expect(await dlq(...args)).toMatchObject({ code: 0 });
const orderOf = async (uid: string) => {
  const answer = await fetch(`${url}/order/${uid}`, { headers: { accept: 'application/json' } });
  return answer.ok ? await answer.text() : answer.status;
};
const send = (uid: string, change: object) => {
  const text = JSON.stringify({ ...exampleOrder, order_uid: uid, ...change });
  return sender.send('orders', [{ key: uid, value: text }]);
};
const untilPending = (deadLetters: object[]) =>
  vi.waitFor(async () => expect(await pendingDeadLetters(broker.brokers, {})).toMatchObject(deadLetters), {
    timeout: deadlineMs,
    interval: 100,
  });

test('a refused order is pending, is pending again when it is still wrong, and is stored once it is corrected', async () => {
  await send('order-1', { items: [] });
  await untilPending([{ errorClass: 'DecodeError.schema_violation', replays: 0, attempts: 1 }]);

  await succeeds('replay', '--all');
  await untilPending([{ errorClass: 'DecodeError.schema_violation', replays: 1, attempts: 2 }]);

  const file = join(folder, 'corrected.json');
  const corrected = JSON.stringify({ ...exampleOrder, order_uid: 'order-1' });
  writeFileSync(file, corrected);
  const [deadLetter] = await pendingDeadLetters(broker.brokers, {});
  await succeeds('replay', '--id', deadLetter?.id as string, '--document', file);

  await vi.waitFor(async () => expect(await orderOf('order-1')).toBe(corrected), {
    timeout: deadlineMs,
    interval: 100,
  });
  await untilPending([]);
});

test('what was written in the editor is kept when the order is still wrong', async () => {
  await send('order-4', { items: [] });
  await untilPending([{ replays: 0 }]);

  const { output } = await dlq('replay', '--all', '--edit');

  const [, kept] = /^what you wrote for .* is in (.*): see --document$/m.exec(output) ?? [];
  expect(readFileSync(kept as string, 'utf8')).toContain('"locale": "by-hand"');
  rmSync(dirname(kept as string), { recursive: true });
  await untilPending([{ replays: 0 }]);
  await succeeds('drop', '--all', '--yes');
});

test('an order that is still wrong after it was edited is not sent, unless it is told so', async () => {
  await send('order-3', { items: [] });
  await untilPending([{ replays: 0 }]);
  const [deadLetter] = await pendingDeadLetters(broker.brokers, {});
  const file = join(folder, 'half-corrected.json');
  writeFileSync(file, JSON.stringify({ ...exampleOrder, order_uid: 'order-3', locale: 7, sm_id: 'x' }));
  const args = ['replay', '--id', deadLetter?.id as string, '--document', file];

  expect(await dlq(...args)).toMatchObject({
    code: 1,
    output: expect.stringMatching(
      /^still wrong .*\n {2}\/locale: .*\n {2}\/sm_id: .*\n0 sent again, 1 left pending\n$/,
    ),
  });
  await untilPending([{ replays: 0 }]);

  await succeeds(...args, '--unchecked');
  await untilPending([{ replays: 1 }]);
  await succeeds('drop', '--all', '--yes');
});

test('another order under a known uid is a conflict, which can be discarded and leaves the first as it was', async () => {
  await send('order-2', {});
  await vi.waitFor(async () => expect(await orderOf('order-2')).toContain('order-2'), {
    timeout: deadlineMs,
    interval: 100,
  });
  await send('order-2', { locale: 'de' });
  await untilPending([{ errorClass: 'OrderConflict' }]);

  await succeeds('drop', '--reason', 'OrderConflict', '--yes');

  await untilPending([]);
  expect(await orderOf('order-2')).toContain('"locale":"en"');
});

import { createLogger } from '@souk/service-kit/log.ts';
import { expect, test } from 'vitest';
import type { DeadLetterWatch, KnownDeadLetter } from './dead-letter-watch.ts';
import { choose, createResolving, stepMax } from './resolve.ts';

const deadLetter = (number: number): KnownDeadLetter => ({
  id: `id-${number}`,
  topic: 'orders',
  group: 'product',
  origin: { topic: 'orders', partition: 0, offset: number },
  errorClass: 'DecodeError.not_json',
  replays: 0,
  attempts: 1,
  firstSeen: new Date(number * 1_000).toISOString(),
  lastSeen: new Date(number * 1_000).toISOString(),
  bytes: 1,
  at: { partition: 0, offset: number },
});

const watchOf = (known: readonly KnownDeadLetter[]): DeadLetterWatch => ({
  all: async () => known,
  leftOut: () => [],
  until: async () => undefined,
  stop: async () => undefined,
});

test('an action that Kafka does not let through is a 503, and is logged with who wanted it', async () => {
  const lines: string[] = [];
  const log = createLogger(
    'console',
    { LOG_LEVEL: 'info', LOG_PRETTY: false },
    { write: (line) => void lines.push(line) },
  );
  const resolving = createResolving('127.0.0.1:1', watchOf([deadLetter(1)]), log);
  const [{ topic, group, id, replays }] = [deadLetter(1)] as const;
  const selection = { items: [{ topic, group, id, replays }] };
  await expect(resolving.discard('ada', selection)).rejects.toMatchObject({
    statusCode: 503,
    code: 'kafka_unreachable',
  });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { subject: 'ada', action: 'discard_dead_letters', done: 0, chosen: 1, ids: ['id-1'] },
  ]);
});

test('all of a reason are chosen in steps of a bounded size, each once, although some stay pending or come back', () => {
  const all = Array.from({ length: 2 * stepMax + 3 }, (_, number) => deadLetter(number)).toReversed();
  const first = choose(all, { filter: { topic: 'orders' } }, 'pending');
  expect(first).toMatchObject({ remaining: stepMax + 3 });
  const sent = new Set(first.chosen.map(({ id }) => id));
  const back = all.map((one) => (sent.has(one.id) ? { ...one, replays: 1 } : one));
  const second = choose(back, { filter: { topic: 'orders', after: first.next as string } }, 'pending');
  const third = choose(back, { filter: { topic: 'orders', after: second.next as string } }, 'pending');
  expect(third).toMatchObject({ remaining: 0, next: null });
  const chosen = [first, second, third].flatMap((step) => step.chosen.map(({ id }) => id));
  expect(chosen).toEqual(all.toReversed().map(({ id }) => id));
});

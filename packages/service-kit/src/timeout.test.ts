import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inTime } from './timeout.ts';

const never = new Promise<never>(() => undefined);
const late = () => new Error('late');

test('gives what the work gives', async () => {
  await expect(inTime(Promise.resolve(1), 1_000, late)).resolves.toBe(1);
  await expect(inTime(Promise.reject(new Error('refused')), 1_000, late)).rejects.toThrow('refused');
});

test('rejects with the given error when the time is over', async () => {
  await expect(inTime(never, 1, late)).rejects.toThrow('late');
});

test('takes a result that arrived during a pause of the process for one in time', async () => {
  const { port1, port2 } = new MessageChannel();
  // After an immediate the timers come next, and only then what has arrived.
  await nextTurn();
  const result = inTime(once(port2, 'message'), 1, late);
  port1.postMessage('arrived');
  const pauseEnd = performance.now() + 100;
  while (performance.now() < pauseEnd);
  await expect(result).resolves.toBeDefined();
  port1.close();
});

import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { openPeriodicTask } from './periodic-task.ts';

test('repeats a task that fails, and logs the first failure in a row', async () => {
  const stream = new PassThrough();
  const log = createLogger('test', { LOG_LEVEL: 'warn', LOG_PRETTY: false }, stream);
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const outcomes = ['fails', 'fails', 'succeeds', 'fails', 'succeeds'];
  const task = openPeriodicTask(
    {
      name: 'tidy',
      intervalMs: 1,
      run: async () => {
        const outcome = outcomes.shift();
        if (outcomes.length === 0) resolve();
        if (outcome === 'fails') throw new Error('the shelf is locked');
      },
    },
    log,
  );
  task.start();
  await done;
  await task.stop();
  const lines = String(stream.read())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toEqual([
    expect.objectContaining({
      task: 'tidy',
      err: expect.objectContaining({ message: 'the shelf is locked' }),
    }),
    expect.objectContaining({ task: 'tidy' }),
  ]);
});

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

const apply = (...args: string[]) =>
  new Promise<{ code: number; errors: string }>((resolve) => {
    execFile(process.execPath, [main, 'topics', 'apply', ...args], (error, _, errors) =>
      resolve({ code: error ? Number(error.code) : 0, errors }),
    );
  });

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

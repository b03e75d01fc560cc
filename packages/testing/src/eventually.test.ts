import { expect, test } from 'vitest';
import { eventually } from './eventually.ts';

test('returns what the first successful attempt returned', async () => {
  let attempts = 0;
  const result = await eventually(() => {
    attempts += 1;
    if (attempts < 3) throw new Error('not yet');
    return attempts;
  });
  expect(result).toBe(3);
});

test('throws the last error when the time is over', async () => {
  let attempts = 0;
  const failing = eventually(
    () => {
      attempts += 1;
      throw new Error(`attempt ${attempts}`);
    },
    { timeoutMs: 30, intervalMs: 5 },
  );
  await expect(failing).rejects.toThrow(/^attempt \d+$/);
  expect(attempts).toBeGreaterThan(1);
});

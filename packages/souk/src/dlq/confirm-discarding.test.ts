import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { confirmDiscarding } from './confirm-discarding.ts';

const asked = (typed: string) => {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()].map((stream) =>
    Object.assign(stream, { isTTY: true }),
  ) as [PassThrough & { isTTY: boolean }, PassThrough & { isTTY: boolean }];
  const answer = confirmDiscarding(3, { stdin, stdout });
  stdin.write(typed);
  return answer;
};

test.for(['no\r', '\r', '\u0003', '\u0004'])(
  'discards nothing unless somebody types yes: %j',
  async (typed) => {
    await expect(asked(typed)).rejects.toMatchObject({
      constructor: Error,
      message: 'nothing was discarded',
    });
  },
);

test('discards when somebody types yes, and never unasked', async () => {
  await asked('yes\r');
  const stdin = new PassThrough();
  await expect(confirmDiscarding(3, { stdin, stdout: new PassThrough() })).rejects.toThrow('say --yes');
});

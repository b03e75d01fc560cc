import { expect, test } from 'vitest';
import { shrink } from './shrink.ts';

const numbers = Array.from({ length: 32 }, (_, index) => index);
const always = () => true;
const failsWith = (needed: number[]) => async (items: readonly number[]) =>
  needed.every((one) => items.includes(one));

test('a failing schedule is shrunk to what it needs to fail', async () => {
  expect(await shrink(numbers, failsWith([31]), always)).toEqual([31]);
  expect(await shrink(numbers, failsWith([3]), always)).toEqual([3]);
  expect(await shrink(numbers, failsWith([3, 17, 30]), always)).toEqual([3, 17, 30]);
});

test('it keeps what it has when it may try no more', async () => {
  let tries = 0;
  const kept = await shrink(
    numbers,
    async (items) => {
      tries += 1;
      return failsWith([3, 17])(items);
    },
    () => tries < 5,
  );
  expect(tries).toBe(5);
  expect(kept).toEqual(expect.arrayContaining([3, 17]));
});

test('a schedule that does not fail again is left whole', async () => {
  expect(await shrink(numbers.slice(0, 4), async () => false, always)).toEqual([0, 1, 2, 3]);
});

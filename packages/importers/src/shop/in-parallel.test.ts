import { expect, test } from 'vitest';
import { chunked, inParallel } from './in-parallel.ts';

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

test('does everything once, never more at once than allowed', async () => {
  const done: number[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  await inParallel(Array(50).keys(), 4, async (item) => {
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    await new Promise(setImmediate);
    atOnce -= 1;
    done.push(item);
  });
  expect(done.sort((a, b) => a - b)).toEqual([...Array(50).keys()]);
  expect(mostAtOnce).toBe(4);
});

test('ends with the first failure, begins nothing new, and closes its source', async () => {
  let begun = 0;
  let closed = false;
  const source = async function* () {
    try {
      for (let i = 0; ; i += 1) yield i;
    } finally {
      closed = true;
    }
  };
  const work = async (item: number) => {
    begun += 1;
    await new Promise(setImmediate);
    if (item === 5) throw new Error('five');
  };
  await expect(inParallel(source(), 3, work)).rejects.toThrow('five');
  expect(begun).toBeLessThan(10);
  expect(closed).toBe(true);
});

test('cuts a stream into chunks, the last one shorter', async () => {
  expect(await collect(chunked([1, 2, 3, 4, 5], 2))).toEqual([[1, 2], [3, 4], [5]]);
  expect(await collect(chunked([], 2))).toEqual([]);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { earliestFirst } from './earliest-first.ts';

test('gives back everything by time, and what has the same time in the order it came', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const queue = earliestFirst<[time: number, place: number]>();
      for (const [place, time] of times.entries()) queue.add(time, [time, place]);
      const taken: number[][] = [];
      while (queue.nextMs() < Infinity) taken.push(queue.take() as number[]);
      expect(taken).toEqual(times.map((time, place) => [time, place]).toSorted(([a = 0], [b = 0]) => a - b));
    }),
  );
});

test('may be added to while it is being emptied', () => {
  const queue = earliestFirst<string>();
  queue.add(3, 'c');
  queue.add(1, 'a');
  expect(queue.take()).toBe('a');
  queue.add(2, 'b');
  expect([queue.take(), queue.take(), queue.take()]).toEqual(['b', 'c', undefined]);
});

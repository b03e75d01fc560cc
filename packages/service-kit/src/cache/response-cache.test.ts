import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMetrics } from '../metrics.ts';
import { wait } from '../service/backoff.ts';
import { advanceIntervalMsMax, localGeneration, staleMsMax } from './generation.ts';
import { createResponseCache } from './response-cache.ts';

// Time passes only where a test says so.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const metrics = createMetrics('test');
const create = (limits: { entriesMax?: number; bytesMax?: number } = {}) =>
  createResponseCache({ namespace: 'test:', redis: undefined, metrics, ...limits });

/** A source that counts its loads and answers with the state at the time of the call. */
const source = () => {
  let state = 0;
  let loads = 0;
  return {
    commit: () => {
      state += 1;
    },
    loads: () => loads,
    load: async () => {
      loads += 1;
      const seen = state;
      await wait(1);
      return String(seen);
    },
  };
};
const read = async (cache: ReturnType<typeof create>, load: () => Promise<string>) =>
  Number(await cache.get('k', load));

test('loads once, however many ask at the same time and afterwards', async () => {
  const cache = create();
  const { load, loads } = source();
  await Promise.all(Array.from({ length: 100 }, () => cache.get('k', load)));
  await cache.get('k', load);
  expect(loads()).toBe(1);
});

test('gives a kept answer at once, without a promise', async () => {
  const cache = create();
  const { load } = source();
  const loaded = await cache.get('k', load);
  expect(cache.get('k', load)).toBe(loaded);
});

test('serves the old answer only while a new one is loaded, and the new one from then on', async () => {
  const cache = create();
  const { load, loads, commit } = source();
  expect(await read(cache, load)).toBe(0);
  commit();
  await cache.advance();
  expect(await read(cache, load)).toBe(0);
  await expect.poll(() => read(cache, load), { interval: 1 }).toBe(1);
  expect(loads()).toBe(2);
});

test('waits for the new answer when the old one has been out of date for too long', async () => {
  const cache = create();
  const { load, commit } = source();
  await read(cache, load);
  commit();
  await cache.advance();
  vi.advanceTimersByTime(staleMsMax);
  expect(await read(cache, load)).toBe(1);
});

test('a load that began before a change is not taken for the state after it', async () => {
  const cache = create();
  const began = Promise.withResolvers<void>();
  const old = Promise.withResolvers<string>();
  const first = cache.get('k', () => {
    began.resolve();
    return old.promise;
  });
  await began.promise;
  await cache.advance();
  vi.advanceTimersByTime(staleMsMax);
  const second = cache.get('k', async () => 'new');
  old.resolve('old');
  expect(String(await first)).toBe('old');
  expect(String(await second)).toBe('new');
});

test('changes in quick succession end few generations, and the last is not lost', async () => {
  const cache = create();
  const { load, loads, commit } = source();
  await read(cache, load);
  let last: Promise<void> = Promise.resolve();
  for (let change = 1; change <= 50; change++) {
    commit();
    last = cache.advance();
  }
  await last;
  await expect.poll(() => read(cache, load), { interval: 1 }).toBe(50);
  expect(loads()).toBeLessThanOrEqual(3);
});

test('generations last the longer the more loads they cost, and end at once where that is little', async () => {
  const [costly, cheap] = [localGeneration(), localGeneration()];
  for (let round = 0; round < 3; round++) {
    await Promise.all([costly.advance(), cheap.advance()]);
    costly.loaded(advanceIntervalMsMax);
    cheap.loaded(0.1);
  }
  const ended: string[] = [];
  await Promise.all([
    costly.advance().then(() => ended.push('costly')),
    cheap.advance().then(() => ended.push('cheap')),
  ]);
  expect(ended).toEqual(['cheap', 'costly']);
});

test('a failed load rejects for all who waited, and the next one tries again', async () => {
  const cache = create();
  const failing = () => Promise.reject(new Error('no database'));
  const answers = await Promise.allSettled([cache.get('k', failing), cache.get('k', failing)]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(String(await cache.get('k', async () => 'there'))).toBe('there');
});

test('keeps no more entries and bytes than it may', async () => {
  const few = create({ entriesMax: 2 });
  const small = create({ bytesMax: 5_000 });
  for (const cache of [few, small]) {
    let loads = 0;
    const load = async () => {
      loads += 1;
      return 'x'.repeat(2_000);
    };
    for (const key of ['a', 'b', 'c', 'a']) await cache.get(key, load);
    expect(loads).toBe(4);
  }
});

test('close does not wait for the interval, and a change that was waiting is still done', async () => {
  const cache = create();
  const { load, commit } = source();
  await read(cache, load);
  await cache.advance();
  commit();
  const pending = cache.advance();
  await cache.close();
  await pending;
  await expect.poll(() => read(cache, load), { interval: 1 }).toBe(1);
});

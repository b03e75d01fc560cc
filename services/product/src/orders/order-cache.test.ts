import { createMetrics } from '@souk/service-kit/metrics.ts';
import { expect, test } from 'vitest';
import { createOrderCache } from './order-cache.ts';

const cacheOf = (limits: { entriesMax: number; bytesMax: number }) =>
  createOrderCache(limits, createMetrics('product'));
const never = () => Promise.reject(new Error('nothing should be loaded'));
const text = async (answer: ReturnType<ReturnType<typeof cacheOf>['get']>) => (await answer)?.body.toString();

test('keeps the last read within both limits, whatever is read', async () => {
  const byCount = cacheOf({ entriesMax: 3, bytesMax: 1_000_000 });
  const byBytes = cacheOf({ entriesMax: 100, bytesMax: 3_000 });
  for (let index = 0; index < 50; index++)
    for (const cache of [byCount, byBytes]) await cache.get(`order-${index}`, async () => 'x'.repeat(1_000));
  expect([byCount.size(), byBytes.size()]).toEqual([3, 2]);
  expect(await text(byBytes.get('order-49', never))).toHaveLength(1_000);
});

test('passes on a document that is larger than the whole cache', async () => {
  const cache = cacheOf({ entriesMax: 10, bytesMax: 1_000 });
  expect(await text(cache.get('large', async () => 'x'.repeat(2_000)))).toHaveLength(2_000);
  expect(cache.size()).toBe(0);
});

test('loads once for all who ask at a time, and again after a failure and after none was found', async () => {
  const cache = cacheOf({ entriesMax: 10, bytesMax: 1_000_000 });
  const answers: ((text: string | undefined) => void)[] = [];
  const load = () => new Promise<string | undefined>((resolve) => answers.push(resolve));
  const failing = cache.get('one', () => Promise.reject(new Error('no connection')));
  await expect(failing).rejects.toThrow('no connection');

  const asked = [cache.get('one', load), cache.get('one', load)];
  answers[0]?.(undefined);
  expect(await Promise.all(asked.map(text))).toEqual([undefined, undefined]);
  const askedAgain = [cache.get('one', load), cache.get('one', load)];
  answers[1]?.('{}');
  expect(await Promise.all(askedAgain.map(text))).toEqual(['{}', '{}']);
  expect(answers).toHaveLength(2);
});

test('is warm with the documents given, the first of them as the last read', async () => {
  const cache = cacheOf({ entriesMax: 2, bytesMax: 1_000_000 });
  cache.warm(['newest', 'newer', 'old'].map((orderUid) => ({ orderUid, document: `"${orderUid} é"` })));
  expect(await text(cache.get('newest', never))).toBe('"newest é"');
  expect(await text(cache.get('newer', never))).toBe('"newer é"');
  expect(cache.size()).toBe(2);
});

test('the same bytes have the same ETag, others another', async () => {
  const cache = cacheOf({ entriesMax: 10, bytesMax: 1_000_000 });
  const etags = await Promise.all(
    ['{}', '{}', '{ }'].map(
      async (document, index) => (await cache.get(`${index}`, async () => document))?.etag,
    ),
  );
  expect(new Set(etags).size).toBe(2);
  for (const etag of etags) expect(etag).toMatch(/^"[\w-]{43}"$/);
});

test('keeps nothing that was loaded before it was cleared, not even what arrives afterwards', async () => {
  const cache = cacheOf({ entriesMax: 10, bytesMax: 1_000_000 });
  const answers: ((text: string) => void)[] = [];
  const load = () => new Promise<string>((resolve) => answers.push(resolve));
  cache.warm([{ orderUid: 'one', document: 'old' }]);
  const underWay = cache.get('two', load);

  cache.clear();
  const after = [cache.get('one', load), cache.get('two', load)];
  for (const [index, answer] of ['old', 'new', 'new'].entries()) answers[index]?.(answer);

  expect(await text(underWay)).toBe('old');
  expect(await Promise.all(after.map(text))).toEqual(['new', 'new']);
  expect(await text(cache.get('two', never))).toBe('new');
});

import { expect, test } from 'vitest';
import type { ConsumerState, MeshState } from '../../../server/read-mesh.ts';
import { meanFreshnessMs, ratesBetween, ratesOf } from './rates.ts';

const consumer = (applied: number, count: number, sum: number): ConsumerState => ({
  topic: 'user-updates',
  applied,
  repeated: 0,
  dead_lettered: 0,
  lag: 0,
  freshness: { count, sum },
});
const state = (at: number, sent: number, consumed: ConsumerState): MeshState => ({
  at,
  services: [
    {
      service: 'user',
      status: 'ok',
      sent: { 'user-updates': sent },
      requests: { answered: sent, failed: 0 },
    },
    { service: 'analytics', status: 'ok', consumers: [consumed] },
  ],
});

test('counts what was published and applied a second, and how long it took', () => {
  const rates = ratesBetween(
    state(0, 100, consumer(100, 100, 1)),
    state(2_000, 140, consumer(130, 130, 1.6)),
  );
  expect(rates.published).toBe(20);
  expect(rates.services).toMatchObject([{ requests: 20 }, { consumers: [{ applied: 15 }] }]);
  expect(meanFreshnessMs(rates)).toBeCloseTo(20);
});

test('takes a counter that fell for one that began again', () => {
  const rates = ratesBetween(
    state(0, 1_000, consumer(1_000, 1_000, 50)),
    state(1_000, 7, consumer(5, 5, 0.1)),
  );
  expect(rates).toMatchObject({ published: 7, services: [{}, { consumers: [{ applied: 5 }] }] });
  expect(meanFreshnessMs(rates)).toBeCloseTo(20);
});

test('knows no freshness where nothing was applied, and no rate from one state', () => {
  const same = state(0, 10, consumer(10, 10, 1));
  expect(meanFreshnessMs(ratesBetween(same, { ...same, at: 1_000 }))).toBeUndefined();
  expect(ratesOf([same])).toMatchObject({ published: 0 });
  expect(ratesOf([])).toMatchObject({ published: 0, services: [] });
});

test('looks back ten seconds, however long the page is open', () => {
  const states = [0, 50_000, 55_000, 60_000].map((at, index) => state(at, index * 100, consumer(0, 0, 0)));
  expect(ratesOf(states)).toMatchObject({ published: 20 });
});

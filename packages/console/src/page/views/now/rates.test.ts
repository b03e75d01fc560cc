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

test('compares the counters of a process with its own alone', () => {
  const ofProcess = (started_at: number, mesh: MeshState): MeshState => ({
    ...mesh,
    services: mesh.services.map((service) => ({ ...service, started_at })),
  });
  const silent: MeshState = {
    at: 4_000,
    services: [
      { service: 'user', status: 'unreachable' },
      { service: 'analytics', status: 'hidden' },
    ],
  };
  const one = ofProcess(1, state(0, 1_000_000, consumer(1_000_000, 1_000_000, 5_000)));
  const other = ofProcess(2, state(2_000, 900_000, consumer(900_000, 900_000, 4_500)));
  const oneLater = ofProcess(1, state(6_000, 1_000_060, consumer(1_000_030, 1_000_030, 5_000.6)));
  for (const before of [other, silent])
    expect(ratesBetween(before, oneLater)).toMatchObject({ published: 0 });
  const rates = ratesOf([one, other, silent, oneLater]);
  expect(rates).toMatchObject({
    published: 10,
    services: [{ requests: 10 }, { consumers: [{ applied: 5 }] }],
  });
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

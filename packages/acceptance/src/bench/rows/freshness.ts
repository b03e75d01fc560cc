import type { Row } from '../climb.ts';
import { type HistoryPlace, startShop } from '../ladders/history.ts';
import { productId } from '../ladders/history-events.ts';
import { openProbe, type ProbeOptions, type ProbeResult } from '../load/freshness-probe.ts';
import { type Figure, quantile } from '../report/figure.ts';
import type { Stack } from '../stack/stack.ts';

/** Apart from each other, so that each meets an idle system. */
const idle = { count: 60, pauseMs: 200, timeMaxMs: 15_000 };
const busy = { count: 300, pauseMs: 40, timeMaxMs: 10_000 };
const loadPerSecond = 500;
const connections = 16;

const figuresOf = (results: readonly ProbeResult[], goals: Record<string, number>): Figure[] => {
  const timesMs = results.map(({ storedAt, visibleAt }) => visibleAt - storedAt);
  return ['p50', 'p95', 'p99'].map((label) => ({
    ...{ label, unit: 'ms', value: quantile(timesMs, Number(label.slice(1)) / 100) },
    ...(goals[label] !== undefined && { goal: { atMost: goals[label] } }),
    detail: `${timesMs.length} activities`,
  }));
};

/** From the 201 of the user service until the activity shows in recommendations, while nothing else happens. */
export const freshnessIdle: Row<HistoryPlace> = {
  name: 'freshness-idle',
  work: 'freshness, idle',
  measure: async (place) => figuresOf(await probeIdle(place), { p50: 8, p99: 20 }),
};

/** The same while 500 other activities come every second. */
export const freshnessBusy: Row<HistoryPlace> = {
  name: 'freshness-busy',
  work: `freshness at ${loadPerSecond} events/s`,
  measure: async (place, { stack }) =>
    figuresOf(await probeBusy(place, stack), { p50: 15, p95: 35, p99: 60 }),
};

const probeIdle = async (place: HistoryPlace): Promise<ProbeResult[]> => {
  await startShop(place);
  return probeOnce(place, idle);
};

/** Activities in the midst of 500 others every second. */
export const probeBusy = async (place: HistoryPlace, stack: Stack): Promise<ProbeResult[]> => {
  await startShop(place);
  return probeOnce(place, busy, async (userIds) => {
    const bodies = userIds.map((user_id, n) =>
      JSON.stringify({
        user_id,
        type: 'view',
        product_id: productId(1 + (n % (place.amounts.products - 1))),
      }),
    );
    await stack.loader.send({
      ...{ origin: place.world.service('user').url, method: 'POST', paths: ['/api/v1/events'], bodies },
      ...{ connections, durationMs: busy.timeMaxMs, perSecond: loadPerSecond },
    });
  });
};

const probeOnce = async (
  { world }: HistoryPlace,
  options: ProbeOptions,
  load?: (userIds: string[]) => Promise<void>,
): Promise<ProbeResult[]> => {
  const probe = await openProbe(world);
  const [results] = await Promise.all([probe.measure(options), load?.(probe.userIds)]);
  await probe.close();
  return results;
};

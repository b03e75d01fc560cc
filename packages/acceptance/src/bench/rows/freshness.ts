import type { Row } from '../climb.ts';
import { type HistoryPlace, startShop } from '../ladders/history.ts';
import { productId } from '../ladders/history-events.ts';
import { openProbe } from '../load/freshness-probe.ts';
import { type Figure, quantile } from '../report/figure.ts';

/** Apart from each other, so that each meets an idle system. */
const idle = { count: 60, pauseMs: 200, timeMaxMs: 15_000 };
const busy = { count: 300, pauseMs: 40, timeMaxMs: 10_000 };
const loadPerSecond = 500;
const connections = 16;

const figuresOf = (timesMs: number[], goals: Record<string, number>): Figure[] =>
  ['p50', 'p95', 'p99'].map((label) => ({
    ...{ label, unit: 'ms', value: quantile(timesMs, Number(label.slice(1)) / 100) },
    ...(goals[label] !== undefined && { goal: { atMost: goals[label] } }),
    detail: `${timesMs.length} activities`,
  }));

/** From the 201 of the user service until the activity shows in recommendations, while nothing else happens. */
export const freshnessIdle: Row<HistoryPlace> = {
  name: 'freshness-idle',
  work: 'freshness, idle',
  measure: async (place) => {
    await startShop(place);
    const probe = await openProbe(place.world);
    const times = await probe.measure(idle);
    await probe.close();
    return figuresOf(times, { p50: 8, p99: 20 });
  },
};

/** The same while 500 other activities come every second. */
export const freshnessBusy: Row<HistoryPlace> = {
  name: 'freshness-busy',
  work: `freshness at ${loadPerSecond} events/s`,
  measure: async (place, { stack }) => {
    await startShop(place);
    const probe = await openProbe(place.world);
    const bodies = probe.userIds.map((user_id, n) =>
      JSON.stringify({
        user_id,
        type: 'view',
        product_id: productId(1 + (n % (place.amounts.products - 1))),
      }),
    );
    const load = stack.loader.send({
      ...{ origin: place.world.service('user').url, method: 'POST', paths: ['/api/v1/events'], bodies },
      ...{ connections, durationMs: busy.timeMaxMs, perSecond: loadPerSecond },
    });
    const [times] = await Promise.all([probe.measure(busy), load]);
    await probe.close();
    return figuresOf(times, { p50: 15, p95: 35, p99: 60 });
  },
};

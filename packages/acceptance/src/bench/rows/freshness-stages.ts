import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectedSpan, TestCollector } from '@souk/testing/collector.ts';
import type { Row } from '../climb.ts';
import type { HistoryPlace } from '../ladders/history.ts';
import type { ProbeResult } from '../load/freshness-probe.ts';
import { type Figure, formatNumber, quantile } from '../report/figure.ts';
import { probeBusy } from './freshness.ts';

/** Longer than the services keep their spans before they export them. */
const exportMs = 1_500;

interface Moments extends ProbeResult {
  committed: number;
  published: number;
  acknowledged: number;
  begun: number;
  applied: number;
}

const stages: [name: string, from: keyof Moments, to: keyof Moments][] = [
  ['201', 'sentAt', 'storedAt'],
  ['commit → handed to Kafka', 'committed', 'published'],
  ['→ acknowledged', 'published', 'acknowledged'],
  ['→ with the consumer', 'published', 'begun'],
  ['→ applied and committed', 'begun', 'applied'],
  ['→ visible', 'applied', 'visibleAt'],
  ['commit → visible', 'committed', 'visibleAt'],
];

/** Where the time of freshness-busy goes: the moments of each activity, out of its trace. */
export const freshnessStages: Row<HistoryPlace & { collector: TestCollector }> = {
  name: 'freshness-stages',
  work: 'stages of freshness at 500 events/s',
  measure: async (place, { stack }) => {
    const results = await probeBusy(place, stack);
    await sleep(exportMs);
    const byTrace = Map.groupBy(place.collector.spans, ({ trace }) => trace);
    const moments = results.flatMap((result) => momentsOf(result, byTrace.get(result.trace) ?? []));
    return stages.map(([label, from, to]): Figure => {
      const times = moments.map((one) => (one[to] as number) - (one[from] as number));
      const [p50 = 0, p95 = 0, p99 = 0] = [0.5, 0.95, 0.99].map((share) => quantile(times, share));
      const detail = `p95 ${formatNumber(p95)}, p99 ${formatNumber(p99)} ms; ${times.length} activities`;
      return { label, unit: 'ms', value: p50, detail };
    });
  },
};

const momentsOf = (result: ProbeResult, spans: readonly CollectedSpan[]): Moments[] => {
  const find = (service: string, begins: string) =>
    spans.find((span) => span.service === service && span.name.startsWith(begins));
  const saved = spans.find(({ service, kind }) => service === 'user' && kind === 3);
  const published = find('user', 'publish ');
  const applied = find('recommendation', 'process ');
  if (!saved || !published || !applied) return [];
  return [
    {
      ...result,
      ...{ committed: saved.endMs, published: published.startMs, acknowledged: published.endMs },
      ...{ begun: applied.startMs, applied: applied.endMs },
    },
  ];
};

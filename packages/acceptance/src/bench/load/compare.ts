import { type Figure, formatNumber, median } from '../report/figure.ts';
import { processorMs } from '../stack/process-stats.ts';
import type { Server } from '../stack/world.ts';
import type { Load, Loader, LoadResult } from './loader.ts';

/** How much is measured. */
export interface Effort {
  rounds: number;
  roundMs: number;
  /** Of each side, before the first round. */
  warmUpMs: number;
}

export type Requests = Pick<Load, 'method' | 'paths' | 'bodies' | 'tokens'>;

interface Side {
  server: Server;
  requests: Requests;
}

interface Round extends LoadResult {
  /** Processor time of the server for one request, in µs. */
  processorUs: number;
}

const connections = 16;

/**
 * The same work by the service and by the baseline, in alternating rounds: medians of the ratios of each round's pair.
 * A rate of 0.8 means that the service answers 8 requests in the time of the baseline's 10.
 */
export const compare = async (
  loader: Loader,
  effort: Effort,
  { service, bare, rateGoal, p99Goal }: { service: Side; bare: Side; rateGoal: number; p99Goal?: number },
): Promise<Figure[]> => {
  const measure = async ({ server, requests }: Side, durationMs: number): Promise<Round> => {
    const usedBefore = processorMs(server.pid);
    const result = await loader.send({ ...requests, origin: server.url, connections, durationMs });
    return { ...result, processorUs: (1_000 * (processorMs(server.pid) - usedBefore)) / result.count };
  };
  for (const side of [service, bare]) await measure(side, effort.warmUpMs);
  const pairs: { ours: Round; base: Round }[] = [];
  for (let round = 0; round < effort.rounds; round++) {
    const first = round % 2 === 0;
    const base = first ? await measure(bare, effort.roundMs) : undefined;
    const ours = await measure(service, effort.roundMs);
    pairs.push({ ours, base: base ?? (await measure(bare, effort.roundMs)) });
  }

  const ratio = (of: (round: Round) => number) => median(pairs.map(({ ours, base }) => of(ours) / of(base)));
  const both = (of: (round: Round) => number, unit: string) => {
    const [ours, base] = [
      median(pairs.map((pair) => of(pair.ours))),
      median(pairs.map((pair) => of(pair.base))),
    ];
    return `${formatNumber(ours)}${unit}; bare ${formatNumber(base)}${unit}`;
  };
  const rate = ({ perSecond }: Round) => perSecond;
  const p99 = ({ p99Ms }: Round) => p99Ms;
  const processor = ({ processorUs }: Round) => processorUs;
  return [
    {
      label: 'rate',
      unit: 'ratio',
      value: ratio(rate),
      goal: { atLeast: rateGoal },
      detail: both(rate, '/s'),
    },
    {
      ...{ label: 'p99', unit: 'ratio', value: ratio(p99), detail: both(p99, ' ms') },
      ...(p99Goal && { goal: { atMost: p99Goal } }),
    },
    { label: 'processor time', unit: 'ratio', value: ratio(processor), detail: both(processor, ' µs') },
  ];
};

import { runSouk } from '../../run-souk.ts';
import type { Row } from '../climb.ts';
import { type Consumer, catchUp, type HistoryPlace } from '../ladders/history.ts';
import { formatNumber } from '../report/figure.ts';
import { untilConsumed } from '../stack/progress.ts';

const million = 1_000_000;

/** `souk rebuild` until the consumer has read everything again, for a million events. The largest size is left out. */
export const rebuild = (consumer: Consumer, secondsGoal: number): Row<HistoryPlace> => ({
  name: `rebuild-${consumer}`,
  work: `${consumer}: reading 1,000,000 events again`,
  measure: async (place, { growths }) => {
    if (growths.length > 1 && place.growth === growths.at(-1)) return [];
    await catchUp(place, consumer);
    const { world, published } = place;
    const before = await world.consumed(consumer);
    const [{ seconds }] = await Promise.all([
      untilConsumed(world, consumer, published, before),
      runRebuild(place, consumer),
    ]);
    return [{ ...lineOf(place, seconds), goal: { atMost: secondsGoal } }];
  },
});

/** `souk rebuild --beside`, from the command to the switch. */
export const rebuildBeside = (consumer: Consumer): Row<HistoryPlace> => ({
  name: `rebuild-beside-${consumer}`,
  work: `${consumer}: building 1,000,000 events beside`,
  measure: async (place, { growths }) => {
    if (growths.length > 1 && place.growth === growths.at(-1)) return [];
    await catchUp(place, consumer);
    const startedAt = performance.now();
    await runRebuild(place, consumer, '--beside');
    return [lineOf(place, (performance.now() - startedAt) / 1_000)];
  },
});

const runRebuild = async ({ world }: HistoryPlace, consumer: Consumer, ...options: string[]) => {
  const { code, output } = await runSouk([
    ...['rebuild', consumer, ...options, '--brokers', world.brokers],
    ...['--database-url', world.databaseUrl(consumer)],
  ]);
  if (code !== 0) throw new Error(output);
};

const lineOf = ({ published }: HistoryPlace, seconds: number) => ({
  label: '',
  unit: 's' as const,
  value: (seconds * million) / published,
  detail: `${formatNumber(published)} in ${formatNumber(seconds)} s`,
});

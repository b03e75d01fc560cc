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
    const command = runSouk([
      ...['rebuild', consumer, '--brokers', world.brokers],
      ...['--database-url', world.databaseUrl(consumer)],
    ]);
    const [{ seconds }, { code, output }] = await Promise.all([
      untilConsumed(world, consumer, published, before),
      command,
    ]);
    if (code !== 0) throw new Error(output);
    const value = (seconds * million) / published;
    const detail = `${formatNumber(published)} in ${formatNumber(seconds)} s`;
    return [{ label: '', unit: 's', value, goal: { atMost: secondsGoal }, detail }];
  },
});

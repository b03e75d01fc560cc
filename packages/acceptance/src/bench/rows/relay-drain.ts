import type { Row } from '../climb.ts';
import { addRows, type RelayPlace } from '../ladders/relay.ts';
import { formatNumber, median } from '../report/figure.ts';
import { untilDone } from '../stack/progress.ts';

const roundsCount = 3;

/** How fast the relay publishes rows that wait, against a producer that has its messages in memory. */
export const relayDrain: Row<RelayPlace> = {
  name: 'relay',
  work: 'relay: waiting rows published, against the bare producer',
  measure: async ({ world, bare, waiting, published }) => {
    const rounds: { ours: number; base: number }[] = [];
    for (let round = 0; round < roundsCount; round++) {
      const before = await published();
      await addRows(world, waiting);
      const { perSecond } = await untilDone('the relay', waiting, async () => (await published()) - before);
      rounds.push({ ours: perSecond, base: await bare.ask(waiting) });
    }
    const ours = median(rounds.map((round) => round.ours));
    const base = median(rounds.map((round) => round.base));
    return [
      {
        ...{ label: 'rate', unit: 'ratio', value: median(rounds.map((round) => round.ours / round.base)) },
        goal: { atLeast: 0.7 },
        detail: `${formatNumber(ours)}/s; bare ${formatNumber(base)}/s`,
      },
    ];
  },
};

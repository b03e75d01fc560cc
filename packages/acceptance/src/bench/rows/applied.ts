import type { Row } from '../climb.ts';
import { type Consumer, catchUp, type HistoryPlace } from '../ladders/history.ts';
import { formatNumber } from '../report/figure.ts';

/** How many events of the waiting history a consumer applies in a second. */
export const applied = (consumer: Consumer, perSecondGoal: number): Row<HistoryPlace> => ({
  name: `applied-${consumer}`,
  work: `${consumer}: events applied`,
  measure: async (place) => {
    const progress = await catchUp(place, consumer);
    if (!progress) return [];
    const { perSecond, seconds } = progress;
    const detail = `${formatNumber(perSecond * seconds)} events in ${formatNumber(seconds)} s`;
    return [{ label: '', unit: '/s', value: perSecond, goal: { atLeast: perSecondGoal }, detail }];
  },
});

import type { Row } from '../climb.ts';
import { catchUp, type HistoryPlace } from '../ladders/history.ts';
import { answerTimes } from '../load/answer-times.ts';

const goalMs = 20;
const paths = ['summary?window=all', 'products/top?window=all', 'users/active'];

/** The questions that concern every product or every user. */
export const analyticsQueries: Row<HistoryPlace> = {
  name: 'analytics-queries',
  work: 'GET /api/v1/analytics',
  measure: async (place) => {
    await catchUp(place, 'analytics');
    const { url } = place.world.service('analytics');
    const figures = [];
    for (const path of paths)
      figures.push({ ...(await answerTimes(`${url}/api/v1/analytics/${path}`, { goalMs })), label: path });
    return figures;
  },
};

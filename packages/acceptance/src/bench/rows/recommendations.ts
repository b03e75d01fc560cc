import type { Row } from '../climb.ts';
import { catchUp, type HistoryPlace } from '../ladders/history.ts';
import { compare } from '../load/compare.ts';

const path = '/api/v1/recommendations?limit=20';

/** An answer out of the cache against a bare route that sends the same bytes. */
export const recommendations: Row<HistoryPlace> = {
  name: 'recommendations',
  work: 'GET /api/v1/recommendations, warm, against bare with the same bytes',
  measure: async (place, { stack, effort }) => {
    await catchUp(place, 'recommendation');
    const { world } = place;
    place.bare ??= await world.startBare();
    const service = world.service('recommendation');
    const answer = await fetch(`${service.url}${path}`);
    const headers = { 'content-type': 'application/json' };
    await fetch(`${place.bare.url}/bytes`, { method: 'PUT', headers, body: await answer.text() });
    return compare(stack.loader, effort, {
      service: { server: service, requests: { method: 'GET', paths: [path] } },
      bare: { server: place.bare, requests: { method: 'GET', paths: ['/bytes'] } },
      rateGoal: 0.7,
      p99Goal: 2,
    });
  },
};

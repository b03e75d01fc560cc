import { randomUUID } from 'node:crypto';
import type { Row } from '../climb.ts';
import type { UsersPlace } from '../ladders/users.ts';
import { compare } from '../load/compare.ts';

const batchSize = 100;
const bodiesCount = 20;

/** A hundred activities in one call against a bare route with one insert of a hundred rows. */
export const activityBatch: Row<UsersPlace> = {
  name: 'batch',
  work: 'POST /api/v1/events/batch, 100 per call, against a bare multi-row insert',
  measure: ({ world, bare, ids }, { stack, effort }) => {
    const event = (index: number) => ({
      user_id: ids[index % ids.length],
      ...{ type: 'view', product_id: randomUUID(), quantity: 1, unit_price: 12.5 },
      data: { page: '/shelf/lamps', referrer: 'mail', position: index },
    });
    const bodies = Array.from({ length: bodiesCount }, (_, body) =>
      JSON.stringify({ events: Array.from({ length: batchSize }, (_, n) => event(body * batchSize + n)) }),
    );
    return compare(stack.loader, effort, {
      service: {
        server: world.service('user'),
        requests: { method: 'POST', paths: ['/api/v1/events/batch'], bodies },
      },
      bare: { server: bare, requests: { method: 'POST', paths: ['/events'], bodies } },
      rateGoal: 0.5,
    });
  },
};

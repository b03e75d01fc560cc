import type { Row } from '../climb.ts';
import type { UsersPlace } from '../ladders/users.ts';
import { compare } from '../load/compare.ts';

/** Registering against a bare route with one insert into the same table: what validation, the outbox row and its relay cost. */
export const userPost: Row<UsersPlace> = {
  name: 'user-post',
  work: 'POST /api/v1/users against a bare insert',
  measure: ({ world, bare }, { stack, effort }) => {
    const bodies = [JSON.stringify({ email: 'new-{n}@example.com', name: 'Ada Lovelace' })];
    return compare(stack.loader, effort, {
      service: {
        server: world.service('user'),
        requests: { method: 'POST', paths: ['/api/v1/users'], bodies },
      },
      bare: { server: bare, requests: { method: 'POST', paths: ['/users'], bodies } },
      rateGoal: 0.8,
    });
  },
};

import type { Row } from '../climb.ts';
import type { UsersPlace } from '../ladders/users.ts';
import { compare } from '../load/compare.ts';

/** Reading one user against a bare route with one select. */
export const userGet: Row<UsersPlace> = {
  name: 'user-get',
  work: 'GET /api/v1/users/{id} against a bare select',
  measure: ({ world, bare, ids }, { stack, effort }) =>
    compare(stack.loader, effort, {
      service: {
        server: world.service('user'),
        requests: { method: 'GET', paths: ids.map((id) => `/api/v1/users/${id}`) },
      },
      bare: { server: bare, requests: { method: 'GET', paths: ids.map((id) => `/users/${id}`) } },
      rateGoal: 0.85,
    }),
};

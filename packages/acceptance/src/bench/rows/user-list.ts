import type { Row } from '../climb.ts';
import type { UsersPlace } from '../ladders/users.ts';
import { answerTimes } from '../load/answer-times.ts';

/** The first page of the list of users. */
export const userList: Row<UsersPlace> = {
  name: 'user-list',
  work: 'GET /api/v1/users',
  measure: async ({ world }) => [
    await answerTimes(`${world.service('user').url}/api/v1/users`, { goalMs: 3 }),
  ],
};

import { climb } from './climb.ts';
import { users } from './ladders/users.ts';
import { activityBatch } from './rows/activity-batch.ts';
import { userGet } from './rows/user-get.ts';
import { userList } from './rows/user-list.ts';
import { userPost } from './rows/user-post.ts';

/** Every row, by the world it is measured in. */
export const climbs = [climb(users, [userPost, userGet, activityBatch, userList])];

import { productUpdates } from './product-updates.ts';
import type { Topic } from './topic.ts';
import { userUpdates } from './user-updates.ts';

/** Every topic of the system. */
export const topics: readonly Topic[] = [userUpdates, productUpdates];

import { sheddingEnv } from '@souk/service-kit/config/env-fields.ts';
import type { Ladder } from '../climb.ts';
import { type UsersPlace, users } from './users.ts';

/** 10,000 accounts, and a service that refuses what is too much, as it does unless somebody says otherwise. */
export const overloaded: Ladder<UsersPlace> = {
  name: 'overload',
  open: async (stack) => {
    const defaults = Object.entries(sheddingEnv).map(([name, field]) => [name, `${Object(field).default}`]);
    const world = await stack.openWorld(Object.fromEntries(defaults));
    await world.start('user');
    return { world, bare: await world.startBare(), ids: [] };
  },
  grow: users.grow,
  close: users.close,
};

import { serviceNames } from '@souk/contracts/services.ts';
import type { Ladder } from '../climb.ts';
import type { World } from '../stack/world.ts';

/** All services, with nothing to do. Its data do not grow. */
export const shop: Ladder<{ world: World }> = {
  name: 'shop',
  open: async (stack) => {
    const world = await stack.openWorld();
    await world.start(...serviceNames);
    return { world };
  },
  grow: async () => undefined,
  close: ({ world }) => world.close(),
};

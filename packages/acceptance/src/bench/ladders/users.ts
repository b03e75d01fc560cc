import type { Ladder } from '../climb.ts';
import type { Server, World } from '../stack/world.ts';
import { userId } from './history-events.ts';

const usersAtFirst = 10_000;
/** Of those that are asked for: spread over all. */
const sampleSize = 1_000;

/** The user service and the baseline, each with so many accounts. */
export interface UsersPlace {
  world: World;
  bare: Server;
  /** Some of the accounts, in both. */
  ids: string[];
}

/** 10,000, 100,000 and 1,000,000 accounts. */
export const users: Ladder<UsersPlace> = {
  name: 'users',
  stepFactors: { 10: 1.5, 100: 2 },
  open: async (stack) => {
    const world = await stack.openWorld();
    await world.start('user');
    return { world, bare: await world.startBare(), ids: [] };
  },
  grow: async (place, growth) => {
    const { sql } = place.world;
    // The same as userId(n).
    const id = sql`('01980000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;
    const from = place.ids.length === 0 ? 1 : (usersAtFirst * growth) / 10 + 1;
    const numbers = sql`generate_series(${from}::int, ${usersAtFirst * growth}::int) as n`;
    for (const table of ['user_service.users', 'public.bare_users']) {
      await sql`
        insert into ${sql(table)} (id, email, name, first_name, last_name, cart, version, created_at, updated_at)
        select ${id}, 'bench-' || n || '@example.com', 'User ' || n, 'User', n::text, '[]', 1, now(), now()
        from ${numbers}`;
      await sql`vacuum analyze ${sql(table)}`;
    }
    place.ids = Array.from({ length: sampleSize }, (_, index) =>
      userId(1 + Math.floor((index * usersAtFirst * growth) / sampleSize)),
    );
  },
  close: ({ world }) => world.close(),
};

import { productUpdates } from '@souk/contracts/product-updates.ts';
import { userUpdates } from '@souk/contracts/user-updates.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { Ladder } from '../climb.ts';
import { type Progress, untilConsumed } from '../stack/progress.ts';
import { publishAll } from '../stack/publish.ts';
import type { Stack } from '../stack/stack.ts';
import type { Server, World } from '../stack/world.ts';
import { type Amounts, amountsOf, eventsBetween } from './history-events.ts';

const usersAtFirst = 10_000;
const foldTimeoutMs = 600_000;

export type Consumer = 'recommendation' | 'analytics';

/** The topics hold the history of a shop of some size. A service runs once a row has asked for it. */
export interface HistoryPlace {
  world: World;
  amounts: Amounts;
  growth: number;
  /** Messages in the topics. */
  published: number;
  /** Those of them that a consumer had dealt with when it last was caught up. */
  caughtUp: Record<Consumer, number>;
  /** The last number of each source. */
  sequences: Record<string, number>;
  bare: Server | undefined;
}

/** 10,000, 100,000 and 1,000,000 users, as many activities, and a tenth as many products. */
export const history: Ladder<HistoryPlace> = {
  name: 'history',
  stepFactors: { 10: 2, 100: 5 },
  open: (stack) => openHistory(stack),
  grow: async (place, growth) => {
    const { world, sequences } = place;
    await world.stop('user', 'recommendation', 'analytics');
    await readSequence(place);
    const target = amountsOf(usersAtFirst * growth);
    const next = ({ name }: { name: string }) => {
      sequences[name] = (sequences[name] ?? 0) + 1;
      return sequences[name];
    };
    place.published += await publishAll(world.brokers, eventsBetween(place.amounts, target, next));
    place.amounts = target;
    place.growth = growth;
  },
  close: ({ world }) => world.close(),
};

/** A world without a history; `env` is added to that of its services. */
export const openHistory = async (stack: Stack, env?: Record<string, string>): Promise<HistoryPlace> => ({
  world: await stack.openWorld(env),
  amounts: amountsOf(0),
  growth: 0,
  published: 0,
  caughtUp: { recommendation: 0, analytics: 0 },
  sequences: { [userUpdates.name]: 0, [productUpdates.name]: 0 },
  bare: undefined,
});

/** Starts a consumer and lets it read what it has not read; undefined where it was caught up before. */
export const catchUp = async (place: HistoryPlace, name: Consumer): Promise<Progress | undefined> => {
  const { world, published, caughtUp } = place;
  await world.start(name);
  const missing = published - caughtUp[name];
  if (missing === 0) return undefined;
  const { perSecond, seconds } = await untilConsumed(world, name, missing);
  const moreSeconds = name === 'analytics' ? await untilFolded(world) : 0;
  caughtUp[name] = published;
  return { perSecond: (perSecond * seconds) / (seconds + moreSeconds), seconds: seconds + moreSeconds };
};

/** Waits until analytics has added what it applied to the figures of products; gives the seconds. */
const untilFolded = async ({ sql }: World): Promise<number> => {
  const startedAt = performance.now();
  await eventually(
    async () => {
      const waiting = await sql`select from analytics_service.product_changes limit 1`;
      if (waiting.length > 0) throw new Error('the figures of products are not up to date');
    },
    { timeoutMs: foldTimeoutMs },
  );
  return (performance.now() - startedAt) / 1_000;
};

/** Starts the user service beside both consumers; what it publishes continues the history. */
export const startShop = async (place: HistoryPlace): Promise<void> => {
  const { world, sequences } = place;
  for (const name of ['recommendation', 'analytics'] as const) await catchUp(place, name);
  await world.start('user');
  await world.sql`
    select setval('user_service.outbox_id_seq', greatest(last_value, ${sequences[userUpdates.name] ?? 0}))
    from user_service.outbox_id_seq`;
};

/** What the user service has published itself since. */
const readSequence = async ({ world, sequences }: HistoryPlace): Promise<void> => {
  const [found] = await world.sql<{ last_value: string | null }[]>`
    select last_value from pg_sequences where schemaname = 'user_service' and sequencename = 'outbox_id_seq'`;
  const published = Number(found?.last_value ?? 0);
  sequences[userUpdates.name] = Math.max(sequences[userUpdates.name] ?? 0, published);
};

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { batchItemsMax, type EventToRecord, type Shop } from '@souk/importers/shop/shop.ts';
import { type DemoProduct, demoCatalogue } from './catalogue.ts';
import { demoPeople } from './people.ts';
import type { ShopperAction } from './session.ts';
import { type ShopperEvent, shopperStream } from './shopper-stream.ts';

export interface DemoOptions {
  shop: Shop;
  seed: number;
  users: number;
  products: number;
  /** The mean number of events per second. */
  rate: number;
  /** The demo ends after so many events, */
  countMax: number;
  /** or after so long, */
  durationMaxMs: number;
  /** or when this is aborted. */
  signal: AbortSignal;
  /** Shown the figures several times a second while all goes well. */
  onTick(figures: DemoFigures): void;
}

export interface DemoFigures {
  elapsedMs: number;
  events: number;
  byType: Record<ShopperAction, number>;
  units: number;
  revenueMinor: number;
  rejected: number;
  /** Why the last one was. */
  rejection: string | undefined;
}

const tickMs = 100;
const requestsAtOnceMax = 4;
/** After an outage the shoppers go on from now, instead of making up for it in one burst. */
const catchUpMaxMs = 2_000;

/**
 * Lets shoppers loose on a running mesh: makes its users and products where they are not there yet, then sends what the
 * seeded shoppers do, at the time they do it. Resolves with the figures when it has ended and nothing is under way.
 * Throws an Error written for the user when a service stays away.
 */
export const runDemo = async (options: DemoOptions): Promise<DemoFigures> => {
  const { seed, users, rate, durationMaxMs, countMax, signal, onTick } = options;
  const { categories, eventOf } = await openShop(options);
  const stream = shopperStream({ seed, users, categories, rate });
  const figures = noFigures();
  const sender = createSender(options, figures);

  let next = stream.next().value;
  let taken = 0;
  let skippedMs = 0;
  const startedAt = performance.now();
  while (!signal.aborted && taken < countMax) {
    figures.elapsedMs = performance.now() - startedAt;
    if (figures.elapsedMs >= durationMaxMs) break;
    skippedMs += Math.max(0, figures.elapsedMs - skippedMs - next.atMs - catchUpMaxMs);
    const due: DemoEvent[] = [];
    for (; next.atMs <= figures.elapsedMs - skippedMs && due.length < batchItemsMax; taken += 1) {
      if (taken === countMax) break;
      due.push(eventOf(next));
      next = stream.next().value;
    }
    if (due.length > 0) await sender.send(due);
    onTick(figures);
    if (due.length < batchItemsMax) await pause(tickMs, undefined, { signal }).catch(() => undefined);
  }
  await sender.finished();
  figures.elapsedMs = performance.now() - startedAt;
  return figures;
};

type DemoEvent = EventToRecord & { type: ShopperAction };

/** Makes the users and products, and tells how what a shopper does becomes an event of them. */
const openShop = async ({ shop, users, products }: DemoOptions) => {
  const people = demoPeople(users);
  const catalogue = demoCatalogue(products);
  const { ids: userIds } = await shop.ensureUsers(people);
  const { ids: productIds } = await shop.ensureProducts(catalogue);
  const eventOf = ({ user, type, product, quantity }: ShopperEvent): DemoEvent => {
    const { sku, price } = catalogue[product] as DemoProduct;
    const { email } = people[user] as (typeof people)[number];
    return {
      // New each time: another run of the same seed is other events, a repeated request is not.
      id: randomUUID(),
      user_id: userIds.get(email) as string,
      type,
      product_id: productIds.get(sku) as string,
      ...(quantity === undefined ? {} : { quantity }),
      ...(type === 'purchase' ? { unit_price: price } : {}),
    };
  };
  return { categories: catalogue.map(({ category }) => category), eventOf };
};

/** Sends without waiting for the answer, up to a few requests at once, and counts what came of them. */
const createSender = ({ shop, signal }: DemoOptions, figures: DemoFigures) => {
  const underWay = new Set<Promise<void>>();
  let failure: unknown;
  const record = async (events: readonly DemoEvent[]) => {
    try {
      const { rejected } = await shop.recordEvents(events);
      const refused = new Set(rejected.map(({ index }) => index));
      for (const [index, event] of events.entries()) if (!refused.has(index)) count(figures, event);
      figures.rejected += rejected.length;
      figures.rejection = rejected.at(-1)?.reason ?? figures.rejection;
    } catch (error) {
      failure ??= error;
    }
  };
  // Who ends the demo during an outage wants the report, not the outage.
  const throwFailure = () => {
    if (failure && !signal.aborted) throw failure;
  };
  return {
    send: async (events: readonly DemoEvent[]) => {
      const sending = record(events).finally(() => underWay.delete(sending));
      underWay.add(sending);
      if (underWay.size >= requestsAtOnceMax) await Promise.race(underWay);
      throwFailure();
    },
    finished: async () => {
      await Promise.all(underWay);
      throwFailure();
    },
  };
};

const count = (figures: DemoFigures, { type, quantity = 1, unit_price = 0 }: DemoEvent): void => {
  figures.events += 1;
  figures.byType[type] += 1;
  if (type !== 'purchase') return;
  figures.units += quantity;
  figures.revenueMinor += quantity * Math.round(unit_price * 100);
};

const noFigures = (): DemoFigures => ({
  elapsedMs: 0,
  events: 0,
  byType: { view: 0, like: 0, add_to_cart: 0, purchase: 0 },
  units: 0,
  revenueMinor: 0,
  rejected: 0,
  rejection: undefined,
});

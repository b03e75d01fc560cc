import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { batchItemsMax, type EventToRecord } from '@souk/importers/shop/shop.ts';
import { type DemoProduct, demoCatalogue } from './catalogue.ts';
import { type DemoFigures, noFigures } from './demo-figures.ts';
import { createSender, type SenderParts } from './demo-sender.ts';
import { demoPeople } from './people.ts';
import type { Purchase } from './purchase.ts';
import { createPurchases } from './purchases.ts';
import { type ShopperEvent, shopperStream } from './shopper-stream.ts';

export interface DemoOptions extends SenderParts {
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

const tickMs = 100;
/** After an outage the shoppers go on from now, instead of making up for it in one burst. */
const catchUpMaxMs = 2_000;

/**
 * Lets shoppers loose on a running mesh: makes its users and products where they are not there yet, then does what the
 * seeded shoppers do, at the time they do it. Resolves with the figures when it has ended and nothing is under way.
 * Throws an Error written for the user when a service stays away.
 */
export const runDemo = async (options: DemoOptions): Promise<DemoFigures> => {
  const { seed, users, rate, durationMaxMs, countMax, signal, onTick } = options;
  const { categories, eventOf, buyer, line } = await openShop(options);
  const stream = shopperStream({ seed, users, categories, rate });
  const figures = noFigures();
  const sender = createSender(options, figures);
  const purchases = createPurchases(seed);

  let next = stream.next().value;
  let taken = 0;
  let skippedMs = 0;
  const startedAt = performance.now();
  while (!signal.aborted && taken < countMax) {
    figures.elapsedMs = performance.now() - startedAt;
    if (figures.elapsedMs >= durationMaxMs) break;
    skippedMs += Math.max(0, figures.elapsedMs - skippedMs - next.atMs - catchUpMaxMs);
    const due: ShopperEvent[] = [];
    for (; next.atMs <= figures.elapsedMs - skippedMs && due.length < batchItemsMax; taken += 1) {
      if (taken === countMax) break;
      due.push(next);
      next = stream.next().value;
    }
    const events = due.filter(({ type }) => type !== 'purchase').map(eventOf);
    if (events.length > 0) await sender.send(events);
    for (const { user, lines, fate } of purchases.of(due))
      await sender.buy({ customer: buyer(user), lines: lines.map(line), fate });
    onTick(figures);
    if (due.length < batchItemsMax) await pause(tickMs, undefined, { signal }).catch(() => undefined);
  }
  await sender.finished();
  figures.elapsedMs = performance.now() - startedAt;
  return figures;
};

/** Makes the users and products, and tells how what a shopper does becomes an event or a purchase of them. */
const openShop = async ({ shop, users, products }: DemoOptions) => {
  const people = demoPeople(users);
  const catalogue = demoCatalogue(products);
  const { ids: userIds } = await shop.ensureUsers(people);
  const { ids: productIds } = await shop.ensureProducts(catalogue);
  const buyer = (user: number): Purchase['customer'] => {
    const person = people[user] as (typeof people)[number];
    return { ...person, id: userIds.get(person.email) as string };
  };
  const line = ({ product, quantity = 1 }: ShopperEvent): Purchase['lines'][number] => {
    const sold = catalogue[product] as DemoProduct;
    return { product: sold, productId: productIds.get(sold.sku) as string, quantity };
  };
  const eventOf = (event: ShopperEvent): EventToRecord => ({
    // New each time: another run of the same seed is other events, a repeated request is not.
    id: randomUUID(),
    user_id: buyer(event.user).id,
    type: event.type,
    product_id: line(event).productId,
    ...(event.quantity === undefined ? {} : { quantity: event.quantity }),
  });
  return { categories: catalogue.map(({ category }) => category), eventOf, buyer, line };
};

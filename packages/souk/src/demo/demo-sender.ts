import { isRefused } from '@souk/client/refusal.ts';
import type { EventToRecord, Shop } from '@souk/importers/shop/shop.ts';
import { countEvents, countPurchase, type DemoFigures } from './demo-figures.ts';
import { buy, type Purchase, type PurchaseParts, type PurchaseStep } from './purchase.ts';
import type { ShopperAction } from './session.ts';

const requestsAtOnceMax = 4;
const purchasesAtOnceMax = 16;

export interface SenderParts extends Omit<PurchaseParts, 'onStep'> {
  shop: Shop;
}

/** Sends without waiting for the answer, up to a few requests at once, and counts what came of them. */
export const createSender = (parts: SenderParts, figures: DemoFigures) => {
  const { shop, signal } = parts;
  const sending = new Set<Promise<void>>();
  const buying = new Set<Promise<void>>();
  /** The last purchase of each shopper: a cart is one at a time. */
  const lastOf = new Map<string, Promise<void>>();
  let failure: unknown;

  const record = async (events: readonly EventToRecord[]) => {
    const { rejected } = await shop.recordEvents(events);
    const refused = new Set(rejected.map(({ index }) => index));
    for (const [index, { type }] of events.entries())
      if (!refused.has(index)) countEvents(figures, type as ShopperAction, 1);
    figures.rejected += rejected.length;
    figures.rejection = rejected.at(-1)?.reason ?? figures.rejection;
  };
  const purchase = async (wanted: Purchase) => {
    try {
      const onStep = (step: PurchaseStep) => {
        figures.byStep[step] += 1;
        if (step === 'checkout' || step === 'sent order') countPurchase(figures, wanted);
      };
      await buy({ ...parts, onStep }, wanted);
    } catch (error) {
      if (!isRefused(error) || error.status >= 500) throw error;
      figures.rejected += 1;
      figures.rejection = error.message;
    }
  };
  const start = (underWay: Set<Promise<void>>, work: Promise<void>) => {
    const started = work
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => underWay.delete(started));
    underWay.add(started);
    return started;
  };
  // Who ends the demo during an outage wants the report, not the outage.
  const throwFailure = () => {
    if (failure && !signal.aborted) throw failure;
  };
  const untilRoom = async (underWay: Set<Promise<void>>, max: number) => {
    if (underWay.size >= max) await Promise.race(underWay);
    throwFailure();
  };
  return {
    send: async (events: readonly EventToRecord[]) => {
      start(sending, record(events));
      await untilRoom(sending, requestsAtOnceMax);
    },
    buy: async (wanted: Purchase) => {
      const before = lastOf.get(wanted.customer.id);
      const bought = start(
        buying,
        Promise.resolve(before).then(() => purchase(wanted)),
      );
      lastOf.set(wanted.customer.id, bought);
      await untilRoom(buying, purchasesAtOnceMax);
    },
    finished: async () => {
      await Promise.all([...sending, ...buying]);
      throwFailure();
    },
  };
};

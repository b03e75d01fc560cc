import type { Purchase, PurchaseStep } from './purchase.ts';
import type { ShopperAction } from './session.ts';

export interface DemoFigures {
  elapsedMs: number;
  events: number;
  byType: Record<ShopperAction, number>;
  byStep: Record<PurchaseStep, number>;
  units: number;
  revenueMinor: number;
  rejected: number;
  /** Why the last one was. */
  rejection: string | undefined;
}

export const noFigures = (): DemoFigures => ({
  elapsedMs: 0,
  events: 0,
  byType: { view: 0, like: 0, add_to_cart: 0, purchase: 0 },
  byStep: { checkout: 0, 'sent order': 0, payment: 0, cancellation: 0, return: 0 },
  units: 0,
  revenueMinor: 0,
  rejected: 0,
  rejection: undefined,
});

export const countEvents = (figures: DemoFigures, type: ShopperAction, count: number): void => {
  figures.events += count;
  figures.byType[type] += count;
};

export const countPurchase = (figures: DemoFigures, { lines }: Purchase): void => {
  countEvents(figures, 'purchase', lines.length);
  for (const { product, quantity } of lines) {
    figures.units += quantity;
    figures.revenueMinor += quantity * Math.round(product.price * 100);
  }
};

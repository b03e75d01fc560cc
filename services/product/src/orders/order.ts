import { minorDecimalsOf } from '@souk/contracts/currency.ts';
import type { Order } from '@souk/contracts/orders.ts';
import { instantMsMax } from '@souk/service-kit/instant.ts';

/** A valid document and when it came. */
export interface ReceivedOrder {
  document: Order;
  /** The document exactly as it came. */
  text: string;
  receivedAt: Date;
  /** Set when it came after its customer was erased: then it is redacted. */
  redactedAt?: Date;
  /** Of a checkout: when it will be cancelled unless it is paid. */
  payUntil?: Date;
}

export type OrderItem = Order['items'][number];

export const orderStatuses = ['created', 'paid', 'shipped', 'delivered', 'cancelled'] as const;
export type OrderStatus = (typeof orderStatuses)[number];

/** From each status to those that may follow it. What is on its way cannot be cancelled. */
const following: Record<OrderStatus, readonly OrderStatus[]> = {
  created: ['paid', 'cancelled'],
  paid: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: [],
  cancelled: [],
};

/** Every possible step. */
export const orderSteps: readonly { from: OrderStatus; to: OrderStatus }[] = orderStatuses.flatMap((from) =>
  following[from].map((to) => ({ from, to })),
);

/** The sku under which the catalogue knows the item's product. */
export const skuOf = (item: OrderItem): string => item.sku ?? String(item.nm_id);

export const quantityOf = (item: OrderItem): number => item.quantity ?? 1;

/** What was paid for one piece, in minor units of the currency; rounded where only the total is known. */
export const unitPaidMinor = (item: OrderItem, currency: string): number =>
  item.unit_price_minor ?? Math.round(wholeUnits(item.total_price, currency) / quantityOf(item));

/** What one piece costs in the catalogue, in minor units, when the item is all that is known of its product. */
export const unitPriceMinor = (item: OrderItem, currency: string): number =>
  item.unit_price_minor ?? wholeUnits(item.price, currency);

const wholeUnits = (amount: number, currency: string): number => amount * 10 ** minorDecimalsOf(currency);

/** The customer as a user, when its id has the form of one: whether there is such a user, consumers know. */
export const userIdOf = (customerId: string): string | null =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(customerId) ? customerId.toLowerCase() : null;

/** The document's date in UTC, to the millisecond; within 1970 to 9999, whatever an offset makes of it. */
export const dateCreated = ({ document }: ReceivedOrder): Date =>
  new Date(Math.min(Math.max(Date.parse(document.date_created), 0), instantMsMax));

/** When the order was placed: its date, but never after it came. A date in the future would lead every ranking. */
export const placedAt = (order: ReceivedOrder): Date =>
  new Date(Math.min(dateCreated(order).getTime(), order.receivedAt.getTime()));

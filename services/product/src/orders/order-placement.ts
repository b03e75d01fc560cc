import { type NewEvent, newEvent } from '@souk/contracts/new-event.ts';
import { productUpdates } from '@souk/contracts/product-updates.ts';
import { changeProduct, createProduct, type Product, type ProductChange } from '../catalogue/product.ts';
import {
  type OrderItem,
  placedAt,
  quantityOf,
  type ReceivedOrder,
  skuOf,
  unitPaidMinor,
  unitPriceMinor,
  userIdOf,
} from './order.ts';

/** What a rule cannot make itself: a new UUID with every call, and the time. */
export interface ChangeMetaSource {
  newId(): string;
  now: Date;
}

/** One item of an order and what it got. */
export interface PlacedItem {
  orderUid: string;
  /** Its place in the order, from 1. */
  line: number;
  item: OrderItem;
  productId: string;
  /** Pieces taken of a limited stock; with `backordered` that is all that was ordered. 0 for an unlimited one. */
  taken: number;
  /** Pieces that the stock lacked. */
  backordered: number;
}

export interface Placement {
  items: PlacedItem[];
  /** The orders that did not get everything. */
  backorderedUids: string[];
  /** One for each product whose stock is another now. */
  stockChanges: ProductChange[];
  /** `product.purchased.v1` of every item, in their order. */
  purchases: NewEvent[];
}

/** First versions of the products that orders name and the catalogue does not know, from the first item of each. */
export const newProducts = (
  orders: readonly ReceivedOrder[],
  isKnown: (sku: string) => boolean,
  { newId, now }: ChangeMetaSource,
): ProductChange[] => {
  const bySku = new Map<string, ProductChange>();
  for (const { document } of orders)
    for (const item of document.items) {
      const sku = skuOf(item);
      if (bySku.has(sku) || isKnown(sku)) continue;
      const { name, brand } = item;
      const given = {
        sku,
        name,
        brand,
        priceMinor: unitPriceMinor(item, document.payment.currency),
        currency: document.payment.currency,
      };
      bySku.set(sku, createProduct(given, { productId: newId(), eventId: newId(), now }));
    }
  return [...bySku.values()];
};

/**
 * Gives each item of the orders, one after the other, what its product has left: never more, so no stock falls
 * below zero; what is missing is backordered. `products` has the product of every item, by its sku.
 */
export const placeOrders = (
  orders: readonly ReceivedOrder[],
  products: ReadonlyMap<string, Product>,
  { newId, now }: ChangeMetaSource,
): Placement => {
  const left = new Map<Product, number | null>();
  const placement: Placement = { items: [], backorderedUids: [], stockChanges: [], purchases: [] };
  for (const order of orders) {
    let isBackordered = false;
    for (const [index, item] of order.document.items.entries()) {
      const product = products.get(skuOf(item));
      if (!product) throw new Error('an item without its product');
      const stock = left.has(product) ? (left.get(product) as number | null) : product.stock;
      const taken = stock === null ? 0 : Math.min(stock, quantityOf(item));
      const backordered = stock === null ? 0 : quantityOf(item) - taken;
      left.set(product, stock === null ? null : stock - taken);
      isBackordered ||= backordered > 0;
      const orderUid = order.document.order_uid;
      const placed = { orderUid, line: index + 1, item, productId: product.id, taken, backordered };
      placement.items.push(placed);
      placement.purchases.push(purchase(order, placed, newId()));
    }
    if (isBackordered) placement.backorderedUids.push(order.document.order_uid);
  }
  placement.stockChanges = [...left].flatMap(
    ([product, stock]) => changeProduct(product, { stock }, { eventId: newId(), now }) ?? [],
  );
  return placement;
};

const purchase = (order: ReceivedOrder, { item, line, productId }: PlacedItem, eventId: string): NewEvent =>
  newEvent(productUpdates, 'product.purchased.v1', eventId, {
    product_id: productId,
    order_uid: order.document.order_uid,
    line,
    // Of an erased user consumers keep nothing: the sale counts, whose it was does not.
    user_id: order.redactedAt ? null : userIdOf(order.document.customer_id),
    quantity: quantityOf(item),
    unit_price_minor: unitPaidMinor(item, order.document.payment.currency),
    currency: order.document.payment.currency,
    occurred_at: placedAt(order).toISOString(),
  });

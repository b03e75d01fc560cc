import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { v7 as uuidv7 } from 'uuid';
import type { Product } from '../catalogue/product.ts';
import { lockProducts, saveChanges } from '../catalogue/product-repository.ts';
import { type ReceivedOrder, skuOf, userIdOf } from './order.ts';
import { documentDigest } from './order-digest.ts';
import { erasedAmong } from './order-erasures.ts';
import { type ChangeMetaSource, newProducts, placeOrders } from './order-placement.ts';
import { redactOrder } from './order-redaction.ts';
import { type DigestedOrder, insertOrders, readDigests, savePlacement } from './order-statements.ts';

/** What became of an order: a repeat says what the stored one says, a conflict something else. */
export type Intake = 'stored' | 'repeated' | 'conflict';

/**
 * Takes orders in, in their order, as if they came one by one, within the caller's transaction: the orders,
 * what they take of the stock, unknown products and all events. A repeat does no harm because the uid of an
 * order is its key. What comes after its customer was erased is stored redacted. Locks erasures, then orders by uid,
 * then products by sku, so that any number may run at once; where products appear at the same moment, a deadlock is
 * still possible, and Postgres then ends one of the transactions (40P01).
 */
export const takeOrders = async (
  tx: TransactionSql,
  received: readonly ReceivedOrder[],
): Promise<Intake[]> => {
  const erased = await erasedAmong(
    tx,
    received.map(({ document }) => document.customer_id),
  );
  const orders = received.map((order) => {
    // Of the document as it came, also when it is redacted: the same order sent again is a repeat.
    const digested = { ...order, digest: documentDigest(order.document) };
    return erased.has(userIdOf(order.document.customer_id) ?? '') ? redactOrder(digested) : digested;
  });
  const firsts = firstOfEachUid(orders);
  const inserted = await insertOrders(tx, firsts);
  const fresh = firsts.filter(({ document }) => inserted.has(document.order_uid));
  if (fresh.length > 0) await place(tx, fresh);
  const others = firsts.map(({ document }) => document.order_uid).filter((uid) => !inserted.has(uid));
  const stored = others.length > 0 ? await readDigests(tx, others) : new Map<string, Buffer>();
  for (const { document, digest } of fresh) stored.set(document.order_uid, digest);
  const isFresh = new Set<ReceivedOrder>(fresh);
  return orders.map((order) => {
    if (isFresh.has(order)) return 'stored';
    return stored.get(order.document.order_uid)?.equals(order.digest) ? 'repeated' : 'conflict';
  });
};

const firstOfEachUid = (orders: readonly DigestedOrder[]): DigestedOrder[] => {
  const byUid = new Map<string, DigestedOrder>();
  for (const order of orders)
    if (!byUid.has(order.document.order_uid)) byUid.set(order.document.order_uid, order);
  return [...byUid.values()];
};

const place = async (tx: TransactionSql, orders: readonly ReceivedOrder[]): Promise<void> => {
  const metaSource: ChangeMetaSource = { newId: uuidv7, now: new Date() };
  const products = await lockOrCreateProducts(tx, orders, metaSource);
  const placement = placeOrders(orders, products, metaSource);
  if (placement.stockChanges.length > 0) await saveChanges(tx, placement.stockChanges);
  await savePlacement(tx, orders, placement);
};

/** Each round after the first has lost a sku to a request that created it at the same moment. */
const roundsMax = 5;

/** The locked products of all items by sku; those that the catalogue does not know are created. */
const lockOrCreateProducts = async (
  tx: TransactionSql,
  orders: readonly ReceivedOrder[],
  metaSource: ChangeMetaSource,
): Promise<Map<string, Product>> => {
  const products = new Map<string, Product>();
  let wanted = [...new Set(orders.flatMap(({ document }) => document.items.map(skuOf)))];
  for (let round = 1; round <= roundsMax; round++) {
    for (const product of await lockProducts(tx, wanted)) products.set(product.sku as string, product);
    const creations = newProducts(orders, (sku) => products.has(sku), metaSource);
    if (creations.length === 0) return products;
    const saved = await saveChanges(tx, creations);
    for (const { product } of creations)
      if (saved.has(product.id)) products.set(product.sku as string, product);
    wanted = creations.flatMap(({ product }) => (saved.has(product.id) ? [] : (product.sku as string)));
    if (wanted.length === 0) return products;
  }
  throw Object.assign(new Error('others create and delete the products of an order all the time'), {
    code: serializationFailure,
  });
};

/** The SQLSTATE of what may pass when it is tried again. */
const serializationFailure = '40001';

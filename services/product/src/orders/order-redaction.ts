import { type Order, orders } from '@souk/contracts/orders.ts';
import Value from 'typebox/value';
import type { ReceivedOrder } from './order.ts';

/** What a field says that held personal data. */
export const redacted = 'redacted';

/**
 * The order without its recipient: it is still a valid document. Every field of the delivery says `redacted`, the
 * texts that may hold anything (`internal_signature`, `request_id`) are empty, and what the contract does not name is
 * gone. Items, amounts and `customer_id`, by then the id of nobody, stay for returns and bookkeeping.
 */
export const redactDocument = (document: Order): Order => {
  const known = Value.Clean(orders.document, structuredClone(document)) as Order;
  const delivery = Object.fromEntries(Object.keys(known.delivery).map((field) => [field, redacted]));
  return {
    ...known,
    internal_signature: '',
    delivery: delivery as Order['delivery'],
    payment: { ...known.payment, request_id: '' },
  };
};

/** The same of an order that is about to be stored. */
export const redactOrder = <T extends ReceivedOrder>(order: T): T => {
  const document = redactDocument(order.document);
  return { ...order, document, text: JSON.stringify(document), redactedAt: order.receivedAt };
};

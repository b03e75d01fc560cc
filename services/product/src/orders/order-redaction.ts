import { type Order, orders } from '@souk/contracts/orders.ts';
import type { ReceivedOrder } from './order.ts';

/** What a field says that held personal data. */
export const redacted = 'redacted';

/**
 * The order without its recipient: it is still a valid document. Every field of the delivery says `redacted`, the
 * texts that may hold anything (`internal_signature`, `request_id`) are empty, and what the contract does not name is
 * gone. Items, amounts and `customer_id`, by then the id of nobody, stay for returns and bookkeeping.
 */
export const redactDocument = (document: Order): Order => {
  const known = named(document, orders.document) as Order;
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

/** The value, without what its schema does not name. Throws for an object whose schema names nothing. */
const named = (value: unknown, { properties, items }: Shape): unknown => {
  if (items && Array.isArray(value)) return value.map((item) => named(item, items));
  if (typeof value !== 'object' || value === null) return value;
  if (!properties) throw new TypeError('the schema does not say what the fields of an order are');
  const fields = Object.entries(value).filter(([name]) => Object.hasOwn(properties, name));
  return Object.fromEntries(fields.map(([name, field]) => [name, named(field, properties[name] ?? {})]));
};

interface Shape {
  type?: string;
  properties?: Record<string, Shape>;
  items?: Shape;
}

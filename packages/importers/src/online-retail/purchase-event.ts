import { v5 as uuidv5 } from 'uuid';
import type { Purchase } from './retail-line.ts';

/** A random UUID, fixed for ever: with another one, every line would be imported again. */
const namespace = '0b5f4c1e-8a53-4c5e-9a4f-6a1d3e7f2c90';

/** The body of one activity, for POST /api/v1/events. */
export interface PurchaseEvent {
  id: string;
  type: 'purchase';
  user_id: string;
  product_id: string;
  quantity: number;
  /** Major units. */
  unit_price: number;
  occurred_at: string;
}

/**
 * The activity of a line. Its id is made of the invoice, the line's place among the purchases of the invoice, and what
 * it says, so that a line has one id for ever, in every copy of the file, and equal lines of one invoice have two.
 */
export const purchaseEvent = (
  purchase: Purchase,
  ordinal: number,
  ids: { userId: string; productId: string },
): PurchaseEvent => {
  const { invoice, stockCode, quantity, unitPriceMinor, occurredAt, customer } = purchase;
  const identity = [invoice, ordinal, stockCode, quantity, unitPriceMinor, occurredAt, customer];
  return {
    id: uuidv5(JSON.stringify(identity), namespace),
    type: 'purchase',
    user_id: ids.userId,
    product_id: ids.productId,
    quantity,
    unit_price: unitPriceMinor / 100,
    occurred_at: occurredAt,
  };
};

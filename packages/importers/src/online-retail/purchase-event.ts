import { v5 as uuidv5 } from 'uuid';
import type { EventToRecord } from '../shop/shop.ts';
import type { IdentifiedPurchase } from './each-line-once.ts';

/** A random UUID, fixed: with another one every line would be imported again. */
const namespace = '0b5f4c1e-8a53-4c5e-9a4f-6a1d3e7f2c90';

/** The activity of a line. Its id is made of the line's identity: the same in every copy of the file. */
export const purchaseEvent = (
  { purchase, identity }: IdentifiedPurchase,
  ids: { userId: string; productId: string },
): EventToRecord => ({
  id: uuidv5(identity, namespace),
  type: 'purchase',
  user_id: ids.userId,
  product_id: ids.productId,
  quantity: purchase.quantity,
  unit_price: purchase.unitPriceMinor / 100,
  occurred_at: purchase.occurredAt,
});

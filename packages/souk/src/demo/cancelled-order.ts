import { randomUUID } from 'node:crypto';
import type { SoukClient } from '@souk/client/client.ts';
import { dataOf } from '@souk/client/refusal.ts';
import { orderDocuments, type RetailCustomer } from '@souk/importers/online-retail/order-document.ts';
import type { DemoProduct } from './catalogue.ts';

/** A customer orders one piece of a product and cancels the order again. */
export const cancelledOrder = async (
  { product }: Pick<SoukClient, 'product'>,
  customer: RetailCustomer,
  { sku, name, price }: DemoProduct,
): Promise<void> => {
  const line = {
    ...{ invoice: randomUUID(), customer: customer.id, stockCode: sku, description: name },
    ...{ quantity: 1, unitPriceMinor: Math.round(price * 100), occurredAt: new Date().toISOString() },
  };
  for (const body of orderDocuments([line], customer, { currency: 'USD' })) {
    dataOf(await product.POST('/api/v1/orders', { body }));
    const params = { path: { order_uid: body.order_uid } };
    dataOf(
      await product.PATCH('/api/v1/orders/{order_uid}/status', { params, body: { status: 'cancelled' } }),
    );
  }
};

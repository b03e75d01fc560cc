import type { TransactionSql } from '@souk/service-kit/postgres/database.ts';
import { type CartChange, saveCarts } from '../checkout/cart-repository.ts';
import type { TestCatalogue } from './test-catalogue.ts';

export const testDelivery = {
  name: 'Jane Example',
  phone: '+15550100',
  zip: '10001',
  city: 'New York',
  address: '1 Example Street',
  region: 'NY',
  email: 'jane@example.com',
};

/** Carts as the user service would publish them. */
export const testCarts = (catalogue: TestCatalogue) => {
  const apply = (...changes: CartChange[]) =>
    catalogue.db.transaction('carts', (tx: TransactionSql) => saveCarts(tx, changes));
  return {
    /** The user's cart has these products now: product ids and quantities. */
    fill: (user_id: string, version: number, quantities: Record<string, number>, order_uid?: string) =>
      apply({
        ...{ user_id, version, order_uid },
        cart: Object.entries(quantities).map(([product_id, quantity]) => ({ product_id, quantity })),
      }),
    apply,
    checkOut: (user_id: string, cart_version: number, fields: object = {}) =>
      catalogue.send('POST', '/api/v1/checkouts', {
        ...{ user_id, cart_version, delivery: testDelivery },
        ...fields,
      }),
  };
};

import type { AccessRule } from '@souk/service-kit/access/access.ts';
import { checkoutNotFound } from './checkout/checkout-problems.ts';
import { orderNotFound } from './orders/order-problems.ts';

export const catalogueWriters: AccessRule = { roles: ['staff', 'admin'], scope: 'catalogue:write' };

/** The prices of an order document are its sender's. */
export const orderWriters: AccessRule = { roles: ['admin'], scope: 'orders:write' };

export const orderReaders: AccessRule = {
  roles: ['staff', 'admin'],
  scope: 'orders:read',
  own: { by: 'entity', notFound: orderNotFound },
};

/** Who may make orders of carts. */
const checkoutRule = { roles: ['admin'], scope: 'users:write' } as const;
export const checkoutWriters: AccessRule = {
  ...checkoutRule,
  own: { by: 'body.user_id', notFound: checkoutNotFound },
};
export const checkoutReaders: AccessRule = {
  ...checkoutRule,
  own: { by: 'entity', notFound: checkoutNotFound },
};

/** Who may move any order on. */
export const orderFulfillers: AccessRule = { roles: ['staff', 'admin'], scope: 'orders:fulfil' };

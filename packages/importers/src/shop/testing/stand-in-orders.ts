type Item = Record<string, unknown>;

export interface StandInOrder {
  lines: { product_id: string; quantity: number }[];
  /** What came after the checkout: succeeded and refunded of payments, shipped, cancellations, returns. */
  later: string[];
}

/** Carts and checkouts, as far as the commands use them. Every product costs 1; a cart is cleared at once. */
export const standInOrders = () => {
  const carts = new Map<string, StandInOrder['lines']>();
  const orders = new Map<string, StandInOrder>();
  const answer = (
    method: string,
    path: string,
    body: Item,
  ): { status: number; body?: unknown } | undefined => {
    const [, user] = /^\/api\/v1\/users\/(.+)\/cart$/.exec(path) ?? [];
    if (user) {
      carts.set(decodeURIComponent(user), body.items as StandInOrder['lines']);
      return { status: 200, body: { id: user, version: 2 } };
    }
    if (method === 'POST' && path === '/api/v1/checkouts') {
      const lines = carts.get(body.user_id as string) ?? [];
      const uid = `order-${orders.size + 1}`;
      orders.set(uid, { lines, later: [] });
      const amount = lines.reduce((sum, { quantity }) => sum + quantity, 0);
      return {
        status: 201,
        body: { id: uid, order_uid: uid, amount, cart_cleared: true, lines: [{ unit_price: 1 }] },
      };
    }
    if (path.startsWith('/api/v1/checkouts/')) return { status: 200, body: { cart_cleared: true } };
    if (path === '/api/v1/payments/webhook/test') {
      orders.get(body.order_uid as string)?.later.push((body.type as string).replace('payment.', ''));
      return { status: 200, body: { outcome: 'applied', status: 'paid' } };
    }
    const [, uid = '', what = ''] = /^\/api\/v1\/orders\/([^/]+)\/(\w+)$/.exec(path) ?? [];
    const order = orders.get(uid);
    order?.later.push(what === 'status' ? (body.status as string) : what);
    return order && { status: 200, body: { order_uid: uid } };
  };
  return { orders, answer };
};

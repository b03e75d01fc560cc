import { exampleOrder } from '@souk/contracts/orders.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { Ladder } from '../climb.ts';
import { sendAll } from '../load/send-all.ts';
import type { Server, World } from '../stack/world.ts';

/** Every cart is checked out once. */
export const cartsCount = 2_600;
const productsCount = 200;
const stock = 1_000_000;

export interface CheckoutsPlace {
  world: World;
  bare: Server;
  /** Bodies of POST /api/v1/checkouts, each of a user whose cart has two products and waits. */
  waiting: string[];
  productIds: string[];
}

const { delivery } = exampleOrder;

/** Users with carts that the product service knows. */
export const checkouts: Ladder<CheckoutsPlace> = {
  name: 'checkouts',
  open: async (stack) => {
    const world = await stack.openWorld();
    await world.start('user', 'product');
    return { world, bare: await world.startBare(), waiting: [], productIds: [] };
  },
  grow: async (place) => {
    const { world } = place;
    const [user, product] = [world.service('user').url, world.service('product').url];
    const numbers = Array.from({ length: cartsCount }, (_, index) => index);
    const products = numbers.slice(0, productsCount).map((n) => ({
      path: '/api/v1/products',
      body: JSON.stringify({ name: `P${n}`, price: 1 + n, stock }),
    }));
    place.productIds = (await sendAll(product, products)).answers.map(({ id }) => id as string);
    const users = numbers.map((n) => ({
      path: '/api/v1/users',
      body: JSON.stringify({ email: `buyer-${n}@example.com`, name: 'Ada Lovelace' }),
    }));
    const ids = (await sendAll(user, users)).answers.map(({ id }) => id as string);
    const carts = ids.map((id, n) => ({
      method: 'PUT' as const,
      path: `/api/v1/users/${id}/cart`,
      body: JSON.stringify({ items: itemsOf(place, n) }),
    }));
    await sendAll(user, carts);
    place.waiting = ids.map((user_id) => JSON.stringify({ user_id, cart_version: 2, delivery }));
    await eventually(async () => {
      const [row] = await world.sql`
        select count(*)::int as count from product_service.carts where items <> '[]'::jsonb`;
      if (row?.count !== cartsCount) throw new Error(`${row?.count} of ${cartsCount} carts have arrived`);
    });
  },
  close: ({ world }) => world.close(),
};

/** Two products, far apart for carts that follow each other. */
export const itemsOf = ({ productIds }: Pick<CheckoutsPlace, 'productIds'>, n: number) =>
  [n, n * 7 + 1].map((place, index) => ({
    product_id: productIds[(place + index * (productsCount / 2)) % productsCount] as string,
    quantity: 1,
  }));

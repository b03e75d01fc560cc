import type { ServiceName } from '@souk/contracts/services.ts';

const types = ['view', 'view', 'like', 'add_to_cart', 'purchase', 'search'];

/** What a shop's clients do, in a fixed pattern: users and products, then activity over all of them. */
export interface Traffic {
  users: string[];
  products: string[];
  /** Sends `count` activities in one batch; throws unless all were stored. */
  activity(count: number): Promise<void>;
  /** Changes every user and every product once. */
  changes(): Promise<void>;
}

/** The `index`-th activity of the pattern, as POST /api/v1/events takes it. */
export const activityOf = (
  { users, products }: Pick<Traffic, 'users' | 'products'>,
  index: number,
  occurredAt: Date,
) => ({
  user_id: users[index % users.length],
  type: types[index % types.length],
  product_id: products[(index * 7) % products.length],
  quantity: (index % 3) + 1,
  unit_price: 2.55,
  occurred_at: occurredAt.toISOString(),
});

/** `mesh`: where each service is reached, as a TestMesh says it. */
export const startTraffic = async (mesh: {
  service(name: ServiceName): { url: string };
}): Promise<Traffic> => {
  const call = async (service: 'user' | 'product', method: string, path: string, body: unknown) => {
    const response = await fetch(`${mesh.service(service).url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as { id: string; accepted?: number };
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  };
  const users: string[] = [];
  const products: string[] = [];
  const run = Math.random().toString(36).slice(2);
  for (let index = 0; index < 10; index++) {
    const user = { email: `shopper-${run}-${index}@example.com`, name: `Shopper ${index}` };
    users.push((await call('user', 'POST', '/api/v1/users', user)).id);
    const product = { name: `Thing ${index}`, price: index + 0.5, stock: index % 3 === 0 ? 0 : null };
    products.push((await call('product', 'POST', '/api/v1/products', product)).id);
  }

  let sent = 0;
  return {
    users,
    products,
    activity: async (count) => {
      const events = Array.from({ length: count }, () => {
        sent += 1;
        return activityOf({ users, products }, sent, new Date(Date.UTC(2026, 0, 1) + sent * 1_234_567));
      });
      const { accepted } = await call('user', 'POST', '/api/v1/events/batch', { events });
      if (accepted !== count) throw new Error(`${accepted} of ${count} activities were accepted`);
    },
    changes: async () => {
      for (const [index, id] of users.entries())
        await call('user', 'PUT', `/api/v1/users/${id}/cart`, {
          items: [{ product_id: products[index], quantity: (sent % 9) + 1 }],
        });
      for (const id of products) {
        sent += 1;
        await call('product', 'PUT', `/api/v1/products/${id}`, { price: (sent % 1000) + 0.99 });
      }
    },
  };
};

import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceName } from '@souk/contracts/services.ts';
import { type ClientParts, tryOnce, untilAcknowledged } from './careful-client.ts';

const paceMs = 300;

/** Users and products come, change, and go again. Half of them stay. */
export const comeAndGo = async (parts: ClientParts): Promise<void> => {
  const { chaos, journal, isOver } = parts;
  for (let turn = 0; !isOver(); turn += 1) {
    const email = `${chaos.nextName('guest')}@example.com`;
    const user = await create(parts, 'user', '/api/v1/users', { email, name: 'Guest' });
    journal.users.add(email);
    const sku = chaos.nextName('novelty');
    const product = await create(parts, 'product', '/api/v1/products', { sku, name: sku, price: 9.5 });
    journal.products.add(sku);
    if (user && turn % 2 === 0) {
      await change(parts, 'PUT', 'user', `/api/v1/users/${user}/cart`, {
        items: [{ product_id: chaos.products[0], quantity: 1 }],
      });
      await change(parts, 'DELETE', 'user', `/api/v1/users/${user}`);
      journal.users.delete(email);
    }
    if (product && turn % 2 === 1) {
      await change(parts, 'DELETE', 'product', `/api/v1/products/${product}`);
      journal.products.delete(sku);
    }
    await pause(paceMs);
  }
};

/**
 * Gives the id where the first try was acknowledged. Otherwise an earlier try may still take effect, and what has the
 * same name must not be deleted before.
 */
const create = async (
  parts: ClientParts,
  service: ServiceName,
  path: string,
  body: unknown,
): Promise<string | undefined> => {
  let tries = 0;
  return untilAcknowledged(path, async () => {
    tries += 1;
    const answer = await tryOnce(parts, service, 'POST', path, body);
    if (answer?.status === 201) return { id: tries === 1 ? (answer.body.id as string) : undefined };
    return answer?.status === 409 ? { id: undefined } : undefined;
  }).then(({ id }) => id);
};

const change = (
  parts: ClientParts,
  method: string,
  service: ServiceName,
  path: string,
  body?: unknown,
): Promise<true> =>
  untilAcknowledged(`${method} ${path}`, async () => {
    const answer = await tryOnce(parts, service, method, path, body);
    // Deleted by a try whose answer was lost.
    return (answer && (answer.status < 300 || answer.status === 404)) || undefined;
  });

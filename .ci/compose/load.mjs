/**
 * Records activity without a break, until SIGTERM; then prints {events, users, products}: what was acknowledged,
 * and by and for whom. An event has an id of its own and is sent until it is acknowledged, whatever is killed
 * meanwhile. SMOKE_USER_URL and SMOKE_PRODUCT_URL name the services.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { call, serviceUrls } from '../../infra/smoke/http.mjs';

const batchSize = 50;
const pauseMs = 50;
const acknowledgedWithinMs = 120_000;
const types = ['view', 'view', 'like', 'add_to_cart', 'purchase'];

let stopping = false;
process.once('SIGTERM', () => {
  stopping = true;
});

const main = async () => {
  const run = randomUUID();
  const users = await many(10, (index) => [
    `${serviceUrls.user}/api/v1/users`,
    { email: `load-${run}-${index}@example.com`, name: `Shopper ${index}` },
  ]);
  const products = await many(10, (index) => [
    `${serviceUrls.product}/api/v1/products`,
    { name: `Thing ${index}`, price: index + 0.5 },
  ]);
  console.error('load: started');
  let events = 0;
  while (!stopping) {
    const batch = Array.from({ length: batchSize }, (_, index) => ({
      id: randomUUID(),
      user_id: users[(events + index) % users.length],
      product_id: products[((events + index) * 7) % products.length],
      type: types[(events + index) % types.length],
      quantity: (index % 3) + 1,
      unit_price: 2.55,
      occurred_at: new Date().toISOString(),
    }));
    await untilAcknowledged(batch);
    events += batch.length;
    await pause(pauseMs);
  }
  console.log(JSON.stringify({ events, users, products }));
};

/** @param {(index: number) => [string, object]} request */
const many = async (/** @type {number} */ count, request) => {
  const ids = [];
  for (let index = 0; index < count; index++) {
    const answer = await call('POST', ...request(index));
    if (answer.status !== 201) throw new Error(answer.text);
    ids.push(answer.body.id);
  }
  return ids;
};

const untilAcknowledged = async (/** @type {object[]} */ events) => {
  const deadline = Date.now() + acknowledgedWithinMs;
  for (;;) {
    const answer = await call('POST', `${serviceUrls.user}/api/v1/events/batch`, { events }).catch(
      (error) => ({
        status: 0,
        body: undefined,
        text: String(error),
      }),
    );
    if (answer.status === 207) {
      const { accepted, repeated } = answer.body;
      if (accepted + repeated === events.length) return;
      throw new Error(`refused: ${answer.text}`);
    }
    if (Date.now() > deadline) throw new Error(`not acknowledged in time: ${answer.status} ${answer.text}`);
    await pause(pauseMs);
  }
};

await main();

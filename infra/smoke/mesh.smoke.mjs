/**
 * A walk over HTTP through every service of a running mesh, wherever it runs: npm run smoke.
 *   SMOKE_HOST            where the services are, 127.0.0.1 without it; they have the ports 8080 to 8083
 *   SMOKE_USER_URL, …     the address of one service: SMOKE_PRODUCT_URL, SMOKE_RECOMMENDATION_URL, …
 *   SMOKE_READY_SECONDS   how long the services may take until they are ready, 180 without it
 * It touches only what it made itself, and deletes it at the end; an order stays, as orders do.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { eventually } from './eventually.mjs';
import { call, serviceUrls, setting } from './http.mjs';
import { sampleOrder } from './sample-order.mjs';

const readyDeadlineMs = 1_000 * Number(setting('READY_SECONDS') ?? 180);

const run = randomUUID();
const category = `smoke-${run}`;
const lamp = { name: `Lamp ${run}`, sku: `smoke-${run}`, category, price: 12.5, stock: 10 };
const person = { email: `smoke-${run}@example.com`, name: 'Ada Smoke', password: `pass-${run}` };

/** What the walk has made so far. @type {{ user?: any, product?: any }} */
const made = {};
/** Purchase lines and pieces of the lamp so far. */
const sold = { purchases: 0, units: 0 };

before(
  async () => {
    const untilReady = Object.entries(serviceUrls).map(([name, url]) =>
      eventually(async () => {
        const { status, body } = await call('GET', `${url}/ready`);
        assert.equal(status, 200, `${name} at ${url} is not ready: ${JSON.stringify(body)}`);
      }, readyDeadlineMs),
    );
    await Promise.all(untilReady);
  },
  { timeout: readyDeadlineMs + 30_000 },
);

for (const [name, url] of Object.entries(serviceUrls)) {
  test(`${name} is alive and healthy, and describes and measures itself`, async () => {
    assert.equal((await call('GET', `${url}/live`)).status, 200);
    const { body: health } = await call('GET', `${url}/health`);
    assert.equal(health.service, name);
    assert.notEqual(health.status, 'down', JSON.stringify(health));
    const { body: openapi } = await call('GET', `${url}/openapi.json`);
    assert.match(openapi.openapi, /^3\.1\./);
    const { text: metrics } = await call('GET', `${url}/metrics`);
    assert.match(metrics, new RegExp(`^http_requests_total\\{.*service="${name}".*\\} [1-9]`, 'm'));
  });
}

test('user registers a person once, and never shows the password', async () => {
  const registered = await call('POST', `${serviceUrls.user}/api/v1/users`, person);
  assert.equal(registered.status, 201, registered.text);
  made.user = registered.body;
  assert.ok(!registered.text.includes(person.password));

  const again = await call('POST', `${serviceUrls.user}/users/register`, {
    ...person,
    email: person.email.toUpperCase(),
  });
  assert.equal(again.status, 409, again.text);
  assert.match(again.contentType, /^application\/problem\+json/);

  const read = await call('GET', `${serviceUrls.user}/users/${made.user.id}`);
  assert.deepEqual([read.status, read.body.email], [200, person.email]);
});

test('product takes a product, and refuses a change of a version that is gone', async () => {
  const url = `${serviceUrls.product}/api/v1/products`;
  const created = await call('POST', url, lamp);
  assert.equal(created.status, 201, created.text);
  made.product = created.body;

  const first = await call('GET', `${url}/${made.product.id}`);
  const changed = await call('PUT', `${url}/${made.product.id}`, { price: 20 }, { 'if-match': first.etag });
  assert.deepEqual([changed.status, changed.body.price], [200, 20], changed.text);
  const late = await call('PUT', `${url}/${made.product.id}`, { price: 1 }, { 'if-match': first.etag });
  assert.equal(late.status, 412, late.text);
});

test('a product without a price is refused, and the answer names the field', async () => {
  const { status, body, text } = await call('POST', `${serviceUrls.product}/api/v1/products`, { name: 'x' });
  assert.equal(status, 400, text);
  assert.ok(
    body.errors.some((/** @type {{ field: string }} */ { field }) => field.includes('price')),
    text,
  );
});

test('what a shopper does is counted once, however often it is sent', async () => {
  const types = ['view', 'like', 'add_to_cart', 'purchase'];
  for (const type of types) {
    const event = { id: randomUUID(), user_id: made.user.id, product_id: made.product.id, type };
    const sent = type === 'purchase' ? { ...event, quantity: 2, unit_price: 20 } : event;
    const first = await call('POST', `${serviceUrls.user}/api/v1/events`, sent);
    assert.equal(first.status, 201, first.text);
    const repeated = await call('POST', `${serviceUrls.user}/api/v1/events`, sent);
    assert.equal(repeated.status, 200, repeated.text);
  }
  sold.purchases += 1;
  sold.units += 2;
  await eventually(async () => {
    const figures = await call('GET', `${serviceUrls.analytics}/api/v1/analytics/users/${made.user.id}`);
    assert.equal(figures.status, 200, figures.text);
    assert.deepEqual(figures.body.events, { view: 1, like: 1, add_to_cart: 1, purchase: 1 });
  });
});

test('analytics has the figures of the product', () => figuresOfTheLamp({ views: 1, likes: 1, carts: 1 }));

test('recommendation shows the product, with its new price', () =>
  eventually(async () => {
    for (const strategy of ['popular', 'trending']) {
      const query = `strategy=${strategy}&category=${category}`;
      const { status, body, text } = await call(
        'GET',
        `${serviceUrls.recommendation}/recommendations?${query}`,
      );
      assert.equal(status, 200, text);
      const shown = body.items.map((/** @type {any} */ item) => [item.product_id, item.name, item.price]);
      assert.deepEqual(shown, [[made.product.id, lamp.name, 20]]);
    }
  }));

test('an order is taken once, takes its stock, and counts as a purchase', async (t) => {
  const { body: openapi } = await call('GET', `${serviceUrls.product}/openapi.json`);
  if (!openapi.paths['/api/v1/orders']?.post) return t.skip('this mesh takes no orders over HTTP');

  const order = sampleOrder({ run, customerId: made.user.id, sku: lamp.sku, quantity: 3, unitPrice: 20 });
  const url = `${serviceUrls.product}/api/v1/orders`;
  const placed = await call('POST', url, order);
  assert.equal(placed.status, 201, placed.text);
  const repeated = await call('POST', url, order);
  assert.equal(repeated.status, 200, repeated.text);
  const different = await call('POST', url, { ...order, track_number: 'OTHER' });
  assert.equal(different.status, 409, different.text);
  const read = await call('GET', `${url}/${order.order_uid}`);
  assert.deepEqual(read.body, order);
  sold.purchases += 1;
  sold.units += 3;

  const { body: product } = await call('GET', `${serviceUrls.product}/api/v1/products/${made.product.id}`);
  assert.equal(product.stock, lamp.stock - 3);
  await figuresOfTheLamp({});
});

test('a deleted product is recommended no more', async () => {
  const { status } = await call('DELETE', `${serviceUrls.product}/api/v1/products/${made.product.id}`);
  assert.equal(status, 204);
  await eventually(async () => {
    const { body } = await call('GET', `${serviceUrls.recommendation}/recommendations?category=${category}`);
    assert.deepEqual(body.items, []);
  });
});

test('a deleted user is erased everywhere', async () => {
  const { status } = await call('DELETE', `${serviceUrls.user}/api/v1/users/${made.user.id}`);
  assert.equal(status, 204);
  assert.equal((await call('GET', `${serviceUrls.user}/api/v1/users/${made.user.id}`)).status, 404);
  await eventually(async () => {
    const figures = await call('GET', `${serviceUrls.analytics}/api/v1/analytics/users/${made.user.id}`);
    assert.equal(figures.status, 404, figures.text);
  });
});

const figuresOfTheLamp = (/** @type {object} */ further) =>
  eventually(async () => {
    const path = `/api/v1/analytics/products/${made.product.id}?granularity=day`;
    const { status, body, text } = await call('GET', `${serviceUrls.analytics}${path}`);
    assert.equal(status, 200, text);
    const wanted = { ...further, ...sold, revenue: sold.units * 20 };
    const shown = Object.fromEntries(Object.keys(wanted).map((metric) => [metric, body.totals[metric]]));
    assert.deepEqual(shown, wanted);
  });

import { serviceNames } from '@souk/contracts/services.ts';
import { readEnv } from '@souk/service-kit/config/read-env.ts';
import type { AssembledService } from '@souk/service-kit/service/service.ts';
import type { Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { configSchema } from '../config.ts';
import { buildConsole } from '../server/console.ts';
import { browserMissing, type TestBrowser, testBrowser } from '../testing/test-browser.ts';

const nowhere = 'http://127.0.0.1:9';
const problem = (status: number, code: string) => ({
  status,
  contentType: 'application/problem+json',
  body: JSON.stringify({ status, code, detail: 'not now' }),
});
const time = '2026-02-03T12:00:00.000Z';

describe.skipIf(browserMissing)('the page, on answers that are made for it', () => {
  let console: AssembledService;
  let browser: TestBrowser;
  let page: Page;
  beforeAll(async () => {
    const urls = Object.fromEntries(serviceNames.map((name) => [`${name.toUpperCase()}_URL`, nowhere]));
    const env = { ...urls, KAFKA_BROKERS: '127.0.0.1:1', LOG_LEVEL: 'silent', PORT: '0' };
    [console, browser] = await Promise.all([buildConsole(readEnv(configSchema, env)), testBrowser()]);
    await console.start();
  });
  beforeEach(async () => {
    page = await browser.newPage();
  });
  afterEach(async () => {
    await page.close();
    expect(browser.complaints()).toEqual([]);
  });
  afterAll(() => Promise.all([browser?.close(), console?.stop()]));

  const main = () => page.getByRole('main');
  const open = (path: string) => page.goto(`${console.url().replace('127.0.0.1', 'localhost')}${path}`);
  const on = (path: string, handle: (route: Route) => Promise<void>) =>
    page.route(({ pathname }) => pathname === path, handle);
  const answer = (path: string, json: unknown) => on(path, (route) => route.fulfill({ json }));

  test('is there as soon as the console answers', async () => {
    let isBack = false;
    await on('/api/session', (route) => (isBack ? route.continue() : route.abort('connectionrefused')));
    await open('/now');
    await page.getByText('It is asked again by itself').first().waitFor();
    isBack = true;
    await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor();
  });

  test('says that figures are not known, and not that they are 0', async () => {
    await answer('/api/mesh', {
      at: Date.now(),
      services: serviceNames.map((service) => ({ service, status: 'hidden' })),
    });
    await open('/now');
    await main().getByText('of the services that answer').first().waitFor();
    expect(await main().getByText('all is published').count()).toBe(0);
    const backlog = main().getByText('Outbox backlog').locator('xpath=../dd').first();
    expect(await backlog.textContent()).toBe('– events');
  });

  const deadLetter = {
    ...{ id: 'orders-0-1', topic: 'orders', group: 'product', state: 'pending', reason: 'Foreign' },
    ...{ origin: { topic: 'orders', partition: 0, offset: 1 }, replays: 0, attempts: 1, bytes: 9 },
    ...{ first_seen: time, last_seen: time, resolved_at: null, resolved_by: null },
  };
  const deadLetters = {
    groups: [{ topic: 'orders', group: 'product', waiting: 1, last_seen: time, reasons: { Foreign: 1 } }],
    states: { pending: 1, replayed: 0, discarded: 0 },
    ...{ left_out: [], total: 1, items: [deadLetter] },
  };

  test('lists a dead letter that does not say when it was refused', async () => {
    const items = [{ ...deadLetter, first_seen: '', last_seen: '' }];
    await answer('/api/dead-letters', { ...deadLetters, items });
    await open('/dead-letters');
    await main().getByRole('link', { name: 'orders-0-1' }).waitFor();
  });

  test('lets a corrected document be sent that could not be checked before', async () => {
    await answer('/api/dead-letters', deadLetters);
    await answer('/api/dead-letters/one', {
      ...deadLetter,
      ...{ lies_at: { partition: 0, offset: 0 }, reason_text: '', key: null, headers: [], outcome: null },
      value: { form: 'json', text: '{}', is_masked: false, is_cut: false },
      faults: [{ field: '/payment', message: 'is missing' }],
    });
    await on('/api/dead-letters/check', (route) => route.fulfill(problem(503, 'kafka_unreachable')));
    await open('/dead-letters?open=orders%7Cproduct%7Corders-0-1');
    await main().getByLabel('Document').fill('{"payment": 1}');
    await main().getByText('It is checked again when it is sent.').waitFor();
    expect(await main().getByRole('button', { name: 'Send the corrected one…' }).isEnabled()).toBe(true);
  });

  test('leaves open whether an action without an answer was done, and does not promise to try it again', async () => {
    await answer('/api/dead-letters', deadLetters);
    await on('/api/dead-letters/discard', (route) => route.abort('connectionreset'));
    await open('/dead-letters');
    await main().getByLabel('Mark orders-0-1').check();
    await main().getByRole('button', { name: 'Discard…' }).last().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Discard', exact: true }).click();
    await main().getByText('Perhaps not all is done: the console does not answer.').waitFor();
    await dialog.getByText('The action failed').waitFor();
    expect(await dialog.getByText('asked again').count()).toBe(0);
  });

  test('looks again for what was looked for before, after another search', async () => {
    let asked = 0;
    await on('/api/events/search', async () => {
      asked += 1;
    });
    await open('/events?q=first');
    await page.getByRole('button', { name: 'Stop' }).click();
    await main().getByText('No message has it.', { exact: false }).waitFor();
    const search = main().getByLabel('An id, a key, or any text');
    for (const text of ['second', 'first']) {
      const before = asked;
      await search.fill(text);
      await page.waitForURL(`**/events?q=${text}`);
      await expect.poll(() => asked).toBeGreaterThan(before);
      await main().getByText('Asking Kafka…').waitFor();
    }
    expect(await main().getByText('No message has it.', { exact: false }).count()).toBe(0);
  });

  test('moves an order once, however often the button is clicked', async () => {
    const status = '/api/product/api/v1/orders/an-order/status';
    const moves: (() => Promise<void>)[] = [];
    let version = 1;
    const state = () => ({
      ...{ order_uid: 'an-order', version, status: version === 1 ? 'created' : 'paid', backordered: false },
      ...{ pay_until: null, items: [], history: [] },
    });
    await on(status, async (route) => {
      if (route.request().method() === 'GET') return route.fulfill({ json: state() });
      moves.push(() => route.fulfill({ json: state() }));
    });
    await open('/orders?uid=an-order');
    await page.getByRole('button', { name: 'Mark as paid' }).dblclick();
    await expect.poll(() => moves.length).toBe(1);
    version = 2;
    await moves[0]?.();
    await page.getByRole('button', { name: 'Mark as shipped' }).waitFor();
    expect(moves).toHaveLength(1);
    expect(await main().getByText('Somebody else moved this order').count()).toBe(0);
  });

  const lamp = {
    ...{ id: '019c0000-0000-7000-8000-000000000001', name: 'Red lamp', sku: 'lamp', version: 1 },
    ...{ price: 12, currency: 'EUR', stock: 3, category: null, brand: null },
    ...{ created_at: time, updated_at: time },
  };
  const products = '/api/product/api/v1/products';

  test('finds what the services that answer have, and says that others do not', async () => {
    await answer(products, { items: [lamp], next_cursor: null, total: 1, total_is_exact: true });
    await open('/now');
    await page.getByRole('button', { name: 'Search' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('searchbox').fill('lamp');
    await dialog.getByText('Not every service answers: there may be more.').waitFor();
    await dialog.getByRole('link', { name: 'Red lamp' }).waitFor();
  });

  test('shows a product as it was changed, in the list too', async () => {
    let now = lamp;
    await on(products, (route) => route.fulfill({ json: { items: [now], next_cursor: null, total: 1 } }));
    await on(`${products}/${lamp.id}`, (route) => {
      if (route.request().method() === 'PUT') now = { ...lamp, name: 'Blue lamp', version: 2 };
      return route.fulfill({ json: now });
    });
    await open(`/catalogue?id=${lamp.id}`);
    await main().getByLabel('Name', { exact: true }).fill('Blue lamp');
    await main().getByRole('button', { name: 'Save' }).click();
    await main().getByRole('table', { name: 'Products' }).getByText('Blue lamp').waitFor();
  });

  test('leaves what is typed as it is, when its beginning has come into the address', async () => {
    await answer(products, { items: [], next_cursor: null });
    await open('/catalogue');
    const words = main().getByLabel('Words of name, SKU, brand or category');
    await words.pressSequentially('red ');
    await page.waitForURL('**/catalogue?q=red');
    await main().getByText('No product fits these words.').waitFor();
    await words.pressSequentially('lamp');
    expect(await words.inputValue()).toBe('red lamp');
  });

  test('leads back from behind the end of a list', async () => {
    await answer(products, { items: [], next_cursor: null });
    await open('/catalogue?cursor=end');
    await main().getByText('There are no more.').waitFor();
    await page.getByRole('button', { name: 'First page' }).click();
    await main().getByText('The shop has no products yet.').waitFor();
  });

  const summary = (purchases: number) => ({
    ...{ window: '24h', purchases, units: 0, returned_units: 0, active_users: 0, events_total: 0 },
    ...{ users: 0, products: 0, revenue: 10, currency: 'EUR', previous: null },
    revenue_by_currency: {
      EUR: { gross: 12, refunded: 2, net: 10 },
      JPY: { gross: 500, refunded: 0, net: 500 },
    },
  });

  test('shows what came while it was paused when it goes on, and the revenue of every currency', async () => {
    await answer('/api/analytics/api/v1/analytics/summary', summary(41));
    await on('/api/analytics/api/v1/analytics/stream', (route) =>
      route.fulfill({
        contentType: 'text/event-stream',
        body: `retry: 86400000\nevent: summary\ndata: ${JSON.stringify(summary(42))}\n\n`,
      }),
    );
    await open('/now');
    await page.getByRole('button', { name: /^Pause/ }).click();
    const came = page.waitForEvent('requestfinished', (request) => request.url().includes('/stream'));
    await page.getByRole('link', { name: 'Analytics', exact: true }).click();
    await main().getByText('41 lines').waitFor();
    await main().getByText('Paused.').waitFor();
    await came;
    expect(await main().getByText('41 lines').count()).toBe(1);
    await page.getByRole('button', { name: /^Go on/ }).click();
    await main().getByText('42 lines').waitFor();
    await main().getByText('€2.00 refunded · and JP¥500').waitFor();
  });

  test('holds what comes while it is paused, and shows it afterwards', async () => {
    const row = { topic: 'orders', partition: 0, offset: 7, bytes: 9, at: time, is_masked: false };
    const rows = [{ ...row, key: 'an-order', type: null, id: null, text: '{}' }];
    await on('/api/events/tail', (route) =>
      route.fulfill({
        contentType: 'text/event-stream',
        body: `retry: 86400000\nevent: rows\ndata: ${JSON.stringify(rows)}\n\n`,
      }),
    );
    await open('/now');
    await page.getByRole('button', { name: /^Pause/ }).click();
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.getByRole('button', { name: 'Live', exact: true }).click();
    await page.getByRole('button', { name: 'Show 1 new' }).waitFor();
    expect(await main().getByText('orders 0/7').count()).toBe(0);
    await page.getByRole('button', { name: /^Go on/ }).click();
    await main().getByText('orders 0/7').waitFor();
  });
});

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { orderAmountMax } from '@souk/contracts/orders.ts';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { orderSamples } from '../../testing/order-samples.ts';
import { type TestCatalogue, testCatalogue } from '../../testing/test-catalogue.ts';
import { testItem, testOrder } from '../../testing/test-order.ts';
import type { OrderItem } from '../order.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
if (!executablePath) console.warn('SKIPPED: the tests of the order page, because Chromium is not installed');
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const timeoutMs = 60_000;
/** An order as wide as the contract allows. */
const widest = 'w'.repeat(64);
const phone = { width: 360, height: 740 };

describe.skipIf(!executablePath)('the page that looks an order up', () => {
  let catalogue: TestCatalogue;
  let url: string;
  let browser: BrowserContext;
  let profile: string;
  let page: Page;
  /** What a browser complains about, and every address it asked. */
  const complaints: string[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    catalogue = await testCatalogue();
    url = await catalogue.http.listen({ port: 0, host: '127.0.0.1' });
    profile = mkdtempSync(join(tmpdir(), 'souk-browser-'));
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: executablePath as string,
      args,
      headless: true,
      timeout: timeoutMs,
    });
    await catalogue.create({ sku: 'lamp', stock: 1 });
    await place('two-lamps', [testItem({ quantity: 2, total_price: 20, size: 'XL' })]);
    const amount = orderAmountMax;
    const longest = testItem({
      name: 'N'.repeat(200),
      size: 'S'.repeat(200),
      price: amount,
      total_price: amount,
    });
    const payment = testOrder(widest).payment;
    await place(widest, [longest], {
      payment: { ...payment, currency: 'XYZ', provider: 'P'.repeat(200), amount, goods_total: amount },
    });
    await place('hostile', [testItem({ name: '<img src=x onerror="document.title=1">', rid: 'h' })], {
      customer_id: '<script>alert(1)</script>',
    });
    await catalogue.send('PATCH', '/api/v1/orders/hostile/status', { status: 'paid' });
  });
  afterAll(async () => {
    await browser?.close();
    await catalogue?.close();
    rmSync(profile, { recursive: true, force: true });
  });

  beforeEach(async () => {
    page = await browser.newPage();
    page.setDefaultTimeout(timeoutMs);
    page.on('console', (message) => {
      // A 404 is an answer to the page, and an error to the console.
      if (message.type() === 'error' && !/status of 404/.test(message.text()))
        complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
  });
  afterEach(async () => {
    await page.close();
    expect(complaints.splice(0)).toEqual([]);
    expect(asked.splice(0).filter((one) => !one.startsWith(url) && !one.startsWith('data:'))).toEqual([]);
  });

  const place = async (uid: string, items: ReturnType<typeof testItem>[], fields = {}) => {
    const { status } = await catalogue.send('POST', '/api/v1/orders', testOrder(uid, { items, ...fields }));
    expect(status).toBe(201);
  };
  const search = async (uid: string) => {
    await page.getByLabel('Order number').fill(uid);
    await page.getByLabel('Order number').press('Enter');
  };
  const result = () => page.locator('#result');
  const isWiderThanScreen = () =>
    page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');

  test('is held to its own scripts alone, and so is the documentation, which sends requests all the same', async () => {
    for (const path of ['/', '/docs'])
      expect((await fetch(`${url}${path}`)).headers.get('content-security-policy')).toContain(
        "script-src 'self'",
      );
    await page.goto(`${url}/docs`);
    await page.locator('#operations-operations-getLiveness .opblock-summary-control').click();
    await page.getByRole('button', { name: 'Try it out' }).click();
    await page.getByRole('button', { name: 'Execute' }).click();
    await page.locator('.live-responses-table').getByText('"status": "ok"').waitFor();
  });

  test('shows delivery, payment, items, status and what is on back order', async () => {
    await page.goto(url);
    await search('two-lamps');
    await result().getByRole('heading', { name: 'two-lamps' }).waitFor();
    const text = await result().textContent();
    for (const part of ['created', 'backordered', 'Jane Example', '10001 New York', 'jane@example.com'])
      expect(text).toContain(part);
    for (const part of ['$35', '$15', 'examplepay', 'Lamp', 'size XL', '1 of 2 on back order'])
      expect(text).toContain(part);
    expect(await page.title()).toBe('Order two-lamps · Souk');
  });

  test.for(orderSamples())('shows the $name sample order', async ({ text, document }) => {
    const [item] = document.items as [OrderItem];
    await catalogue.send('POST', '/api/v1/orders', text);
    await page.goto(`${url}/?order_uid=${document.order_uid}`);
    await result().getByText(item.name).waitFor();
    const dollars = (amount: number) => `$${amount.toLocaleString('en')}`;
    let left = (await result().textContent()) as string;
    expect(left).toContain(dollars(document.payment.amount));
    for (const part of [item.brand, dollars(item.price), `${item.sale} %`, dollars(item.total_price)]) {
      expect(left).toContain(part);
      left = left.slice(left.indexOf(part) + part.length);
    }
  });

  test('says plainly that there is no such order', async () => {
    await page.goto(url);
    await search('nobody-knows-it');
    await result().getByText('There is no such order').waitFor();
    expect(await result().textContent()).toContain('nobody-knows-it');
  });

  test('says what an order number looks like, and asks nobody, when it is none', async () => {
    await page.goto(url);
    asked.splice(0);
    await search('no number/../x');
    await result().getByText('This is not an order number').waitFor();
    expect(asked).toEqual([]);
  });

  test('says when the shop cannot be reached', async () => {
    await page.goto(url);
    await page.route('**/order/**', (route) => route.abort());
    await search('two-lamps');
    await result().getByText('The shop cannot be reached').waitFor();
    complaints.splice(0);
  });

  test('a link leads to an order, and back leads back', async () => {
    await page.goto(`${url}/?order_uid=two-lamps`);
    await result().getByRole('heading', { name: 'two-lamps' }).waitFor();
    await search('hostile');
    await result().getByRole('heading', { name: 'hostile' }).waitFor();
    expect(page.url()).toBe(`${url}/?order_uid=hostile`);
    await page.goBack();
    await result().getByRole('heading', { name: 'two-lamps' }).waitFor();
    expect(await page.getByLabel('Order number').inputValue()).toBe('two-lamps');
  });

  test('shows what an order holds as text, also HTML', async () => {
    await page.goto(`${url}/?order_uid=hostile`);
    await result().getByText('<img src=x onerror="document.title=1">').waitFor();
    expect(await result().locator('img, script').count()).toBe(0);
    expect(await result().textContent()).toContain('<script>alert(1)</script>');
    expect(await page.title()).toBe('Order hostile · Souk');
  });

  test('fits a phone without scrolling sideways, and a wide screen', async () => {
    for (const size of [phone, { width: 1280, height: 900 }]) {
      await page.setViewportSize(size);
      await page.goto(`${url}/?order_uid=two-lamps`);
      await result().getByText('1 of 2 on back order').waitFor();
      expect(await isWiderThanScreen(), `${size.width}`).toBe(false);
      if (process.env.SCREENSHOTS)
        await page.screenshot({
          path: join(process.env.SCREENSHOTS, `order-${size.width}.png`),
          fullPage: true,
        });
    }
  });

  test('fits a phone with the longest words and the largest amounts there may be', async () => {
    await page.setViewportSize(phone);
    await page.goto(`${url}/?order_uid=${widest}`);
    await result().getByRole('heading', { name: widest }).waitFor();
    expect(await isWiderThanScreen()).toBe(false);
  });

  test('tells a screen reader what was found, in one sentence, and what was wrong', async () => {
    await page.goto(`${url}/?order_uid=two-lamps`);
    const said = page.getByRole('status');
    await said.getByText('Order two-lamps: created, backordered, 1 item').waitFor();
    await search('no number');
    await said.getByText('This is not an order number.').waitFor();
    expect(await page.getByLabel('Order number').getAttribute('aria-invalid')).toBe('true');
  });

  test('is not left busy by a slow answer that a later search has overtaken', async () => {
    await page.goto(url);
    const { promise: isAnswered, resolve: answer } = Promise.withResolvers<void>();
    await page.route('**/order/two-lamps', async (route) => {
      await isAnswered;
      await route.continue();
    });
    const late = page.waitForResponse('**/order/two-lamps');
    await search('two-lamps');
    await search('no number');
    answer();
    await (await late).finished();
    await result().getByText('This is not an order number').waitFor();
    expect(await result().getAttribute('aria-busy')).toBe('false');
  });

  test('shows an order whose status cannot be had, and says so', async () => {
    await page.goto(url);
    await page.route('**/status', (route) => route.fulfill({ status: 404 }));
    await search('two-lamps');
    await result().getByText('status unknown').waitFor();
    await result().getByText('Jane Example').waitFor();
  });

  test('is answered with 304 when it is unchanged, and allows nothing from elsewhere', async () => {
    const first = await fetch(url);
    expect(first.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    const etag = first.headers.get('etag') as string;
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });
});

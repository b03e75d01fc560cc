import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { exampleOrder } from '@souk/contracts/orders.ts';
import { serviceNames } from '@souk/contracts/services.ts';
import { freePort } from '@souk/embedded/ports.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { tailOf } from '../testing/tail.ts';
import { browserMissing, type TestBrowser, testBrowser } from '../testing/test-browser.ts';
import { emailOf, password, type TestConsole, testConsole, type Viewer } from '../testing/test-console.ts';
import { lookTests } from './look-tests.ts';
import { operatorTests } from './operator-tests.ts';
import { recoveryTests } from './recovery-tests.ts';
import { hostile, writeBadOrder } from './scene.ts';

const souk = fileURLToPath(new URL('../../../souk/src/main.ts', import.meta.url));

describe.skipIf(browserMissing)('the console on a living mesh', () => {
  let shop: TestConsole;
  let browser: TestBrowser;
  let page: Page;
  let user: string;
  let lamp: string;

  beforeAll(async () => {
    [shop, browser] = await Promise.all([testConsole(), testBrowser()]);
    user = (
      await shop.ask('user', 'POST', '/api/v1/users', { email: 'ada@example.com', name: `Ada ${hostile}` })
    ).id as string;
    lamp = (
      await shop.ask('product', 'POST', '/api/v1/products', {
        name: `Lamp ${hostile}`,
        sku: 'lamp',
        price: 12.5,
      })
    ).id as string;
    const cup = (await shop.ask('product', 'POST', '/api/v1/products', { name: 'Cup', price: 3 }))
      .id as string;
    const other = (await shop.ask('user', 'POST', '/api/v1/users', { email: 'bob@example.com', name: 'Bob' }))
      .id;
    await shop.ask('user', 'POST', '/api/v1/events/batch', {
      events: [user, other].flatMap((user_id) =>
        ['view', 'like', 'add_to_cart'].flatMap((type) =>
          [lamp, cup].map((product_id) => ({ user_id, type, product_id })),
        ),
      ),
    });
    await shop.ask('product', 'POST', '/api/v1/orders', {
      ...exampleOrder,
      order_uid: 'first-order',
      customer_id: user,
    });
    await writeBadOrder(shop, { ...exampleOrder, order_uid: 'refused-order', customer_id: user });
    page = await browser.newPage();
    await logIn(page, 'admin');
    await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await shop?.stop();
  });
  afterEach(() => {
    // A broken content-security-policy is one of them.
    expect(browser.complaints()).toEqual([]);
    expect(browser.foreign(shop.url)).toEqual([]);
  });

  const logIn = async (where: Page, viewer: Viewer, url = shop.url) => {
    await where.goto(`${url}/now`);
    await where.getByLabel('E-mail').fill(emailOf(viewer));
    await where.getByLabel('Password').fill(password);
    await where.getByRole('button', { name: 'Log in' }).click();
  };
  const main = () => page.getByRole('main');
  const open = async (path: string, heading: string) => {
    await page.goto(`${shop.url}${path}`);
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  };
  const scene = () => ({ shop, page, newPage: browser.newPage, user, lamp });

  lookTests(scene);
  operatorTests(scene);

  test('shows what users wrote as text, wherever it stands', async () => {
    for (const path of [
      `/users?id=${user}`,
      `/catalogue?id=${lamp}`,
      `/recommendations?user=${user}&product=${lamp}`,
    ]) {
      await page.goto(`${shop.url}${path}`);
      await main().getByText(hostile, { exact: false }).filter({ visible: true }).first().waitFor();
      expect(await page.locator('main img, main script').count(), path).toBe(0);
      expect(await page.title()).toMatch(/Souk console$/);
    }
  });

  test('goes by the keyboard: to views, to a search, to help', async () => {
    await open('/now', 'Now');
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.getByRole('heading', { level: 1, name: 'Catalogue' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.locator('dialog input:focus').waitFor();
    await page.keyboard.type('first-order');
    await page.getByRole('dialog').getByRole('link', { name: 'first-order' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Orders' }).waitFor();
    expect(page.url()).toBe(`${shop.url}/orders?uid=first-order`);
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Catalogue' }).waitFor();
  });

  test('shows what somebody else changed in the meantime, and overwrites nothing unseen', async () => {
    await page.goto(`${shop.url}/catalogue?id=${lamp}`);
    await page.getByLabel('Price, in major units').fill('20');
    await shop.ask('product', 'PUT', `/api/v1/products/${lamp}`, { brand: 'Theirs', price: 14 });

    await page.getByRole('button', { name: 'Save' }).click();
    const conflict = page.getByRole('alert');
    await conflict.getByText('was “12.5”, is now “14”, and you wrote “20”').waitFor();
    expect(await shop.ask('product', 'GET', `/api/v1/products/${lamp}`)).toMatchObject({ price: 14 });

    await conflict.getByRole('button', { name: 'Put mine on top' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await eventually(async () => {
      const now = await shop.ask('product', 'GET', `/api/v1/products/${lamp}`);
      expect(now).toMatchObject({ price: 20, brand: 'Theirs' });
    });
  });

  test('moves an order on, and takes a part of it back', async () => {
    const uid = 'moved-order';
    await shop.ask('product', 'POST', '/api/v1/orders', {
      ...exampleOrder,
      order_uid: uid,
      customer_id: user,
    });
    await page.goto(`${shop.url}/orders?uid=${uid}`);
    for (const next of ['paid', 'shipped'])
      await page.getByRole('button', { name: `Mark as ${next}` }).click();
    await page.getByRole('button', { name: 'Take back…' }).click();
    await page.getByRole('dialog').getByLabel('how many of 2').fill('1');
    await page.getByRole('dialog').getByLabel('Reason').fill('too small');
    await page.getByRole('button', { name: 'Take these back' }).click();
    await main().getByText('“too small”').waitFor();
    const status = await shop.ask('product', 'GET', `/api/v1/orders/${uid}/status`);
    expect(status).toMatchObject({ status: 'shipped', items: [{ returned_quantity: 1 }] });
  });

  test.for([
    ['a phone', { width: 390, height: 500 }],
    ['a low window', { width: 1280, height: 400 }],
  ] as const)('opens what is at the end of a list in sight: %s', async ([, viewport]) => {
    await page.setViewportSize(viewport);
    await open('/orders', 'Orders');
    await main()
      .getByRole('table', { name: 'Orders', exact: true })
      .locator('a[href*="uid="]')
      .last()
      .click();
    const panel = page.getByRole('region', { name: 'Order', exact: true });
    await panel.getByText('History').waitFor();
    const top = (await panel.boundingBox())?.y ?? Number.NaN;
    expect(top).toBeGreaterThanOrEqual(-1);
    expect(top).toBeLessThan(viewport.height / 2);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  test('explains an item of a basket that was clicked together', async () => {
    await open('/recommendations', 'Recommendations');
    await page.getByRole('button', { name: 'Add Cup to the basket' }).first().click();
    await page.getByRole('heading', { name: 'For this basket' }).waitFor();
    const answer = page.getByRole('region', { name: 'For this basket' });
    await answer.getByRole('button', { name: /^Why Lamp/ }).click();
    await page.getByRole('dialog').getByText('gives the score').waitFor();
    expect(new URL(page.url()).searchParams.get('basket')).toMatch(/^[\w-]{36}$/);
    await page.keyboard.press('Escape');
  });

  test('shows what other weights would make of it, before it is so', async () => {
    await open('/recommendations', 'Recommendations');
    const part = page.getByRole('region', { name: 'What if' });
    await part.getByRole('button', { name: 'Popular' }).click();
    await part.getByLabel('Weight of like').fill('100');
    // Two shoppers: a view, a like and a cart each.
    await part.getByText('208', { exact: true }).first().waitFor();
    await part.getByLabel('Weight of like').fill('');
    await part.getByText('12', { exact: true }).first().waitFor();
  });

  test('erases a user, and reports what was erased where', async () => {
    const eve = (await shop.ask('user', 'POST', '/api/v1/users', { email: 'eve@example.com', name: 'Eve' }))
      .id as string;
    await shop.ask('user', 'POST', '/api/v1/events', { user_id: eve, type: 'view', product_id: lamp });
    await shop.ask('product', 'POST', '/api/v1/orders', {
      ...exampleOrder,
      order_uid: 'eves-order',
      customer_id: eve,
    });
    await page.goto(`${shop.url}/users?id=${eve}`);
    await main().getByText('1 × view', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Erase…' }).click();
    await page.getByRole('button', { name: 'Erase everything' }).click();
    await main().getByText('Erased everywhere.').waitFor();
    const report = page.getByRole('table', { name: 'What was erased where' });
    expect(await report.getByText('erased', { exact: true }).count()).toBe(5);
    expect(await report.textContent()).toContain('1 event');
  });

  test('lets shoppers in and sends them out, and figures move', async () => {
    await open('/now', 'Now');
    await page.getByRole('button', { name: 'Let shoppers in' }).click();
    await page.getByRole('button', { name: 'Send the shoppers out' }).waitFor();
    const published = main().getByText('Published', { exact: true }).first().locator('xpath=../dd').first();
    await expect.poll(() => published.textContent()).not.toBe('0 events/s');
    await page.getByRole('button', { name: 'Send the shoppers out' }).click();
    await page.getByRole('button', { name: 'Let shoppers in' }).waitFor();
  });

  test('is started for any mesh by souk console, until a signal', async () => {
    const port = await freePort();
    const urls = serviceNames.flatMap((name) => [`--${name}-url`, shop.mesh.service(name).url]);
    const args = ['console', '--port', `${port}`, ...urls, '--brokers', shop.mesh.broker.brokers];
    const child = spawn(process.execPath, [souk, ...args], {
      env: { ...process.env, AUTH_MODE: 'required', LOG_LEVEL: 'silent' },
      stdio: 'ignore',
    });
    const exit = once(child, 'exit');
    const stranger = await browser.stranger();
    try {
      const theirs = await stranger.newPage();
      const url = `http://localhost:${port}`;
      await expect.poll(() => theirs.goto(url).catch(() => null)).toBeTruthy();
      await logIn(theirs, 'admin', url);
      await theirs.getByRole('table', { name: 'Services' }).getByText('well').nth(3).waitFor();
    } finally {
      await stranger.close();
      child.kill('SIGTERM');
    }
    expect(await exit).toEqual([0, null]);
  });

  test('draws of 10,000 messages those that can be seen, to the last one', async () => {
    await page.route('**/api/events/tail*', (route) =>
      route.fulfill({ contentType: 'text/event-stream', body: tailOf(10_000) }),
    );
    await page.goto(`${shop.url}/events?mode=live`);
    const list = page.getByRole('region', { name: 'Messages as they come' });
    await list.getByRole('listitem').first().waitFor();
    expect(await list.getByRole('listitem').first().getAttribute('aria-setsize')).toBe('10000');
    await list.evaluate((section) => section.scrollTo(0, section.scrollHeight));
    await list.getByText('orders 0/0', { exact: true }).waitFor();
    expect(await list.getByRole('listitem').count()).toBeLessThan(60);
    await page.unroute('**/api/events/tail*');
  });

  test('shows an analyst the figures, and says what their account may not see', async () => {
    const another = await browser.stranger();
    try {
      const theirs = await another.newPage();
      await logIn(theirs, 'analyst');
      await theirs.getByText('not shown to your account').first().waitFor();
      await theirs.goto(`${shop.url}/users`);
      await theirs.getByText('not for your account', { exact: false }).waitFor();
      await theirs.goto(`${shop.url}/analytics?window=1h`);
      await theirs.getByText('Net revenue').waitFor();
      await theirs.getByRole('button', { name: 'Log out' }).click();
      await theirs.getByRole('button', { name: 'Log in' }).waitFor();
      expect(another.complaints()).toEqual([]);
    } finally {
      await another.close();
    }
  });

  test('lets no customer in, and says why', async () => {
    const another = await browser.stranger();
    try {
      const theirs = await another.newPage();
      await logIn(theirs, 'customer');
      await theirs.getByRole('alert').getByText('customer’s').waitFor();
      await theirs.getByLabel('Password').fill('wrong');
      await theirs.getByRole('button', { name: 'Log in' }).click();
      await theirs
        .getByText('the log-in: refused', { exact: false })
        .or(theirs.getByText('The log-in: refused'))
        .waitFor();
    } finally {
      await another.close();
    }
  });

  recoveryTests(scene);
});

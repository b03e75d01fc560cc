import { exampleOrder, type Order } from '@souk/contracts/orders.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { hostile, type Scene, write, writeBadOrder } from './scene.ts';

/** What operators do with events and dead letters, on the mesh and in the browser of whoever calls it. */
export const operatorTests = (scene: () => Scene): void => {
  const orderOf = (order_uid: string, changes: Partial<Order>): Order => ({
    ...exampleOrder,
    order_uid,
    customer_id: scene().user,
    ...changes,
  });
  const refuse = (order: Order) => writeBadOrder(scene().shop, order);
  const main = (page: Page) => page.getByRole('main');
  const panel = (page: Page) => page.getByRole('region', { name: 'Dead letter', exact: true });

  /** Opens the dead letter of an order out of the list of those that are pending. */
  const openDeadLetter = async (page: Page, order_uid: string) => {
    const id = await eventually(async () => {
      const { items } = (await (
        await page.request.get(`${scene().shop.url}/api/dead-letters?topic=orders`)
      ).json()) as { items: { id: string; topic: string; group: string }[] };
      for (const { topic, group, id: one } of items) {
        const query = new URLSearchParams({ topic, group, id: one });
        const detail = await page.request.get(`${scene().shop.url}/api/dead-letters/one?${query}`);
        if ((await detail.json()).key === order_uid) return one;
      }
      throw new Error(`${order_uid} is not among the dead letters yet`);
    });
    await page.goto(`${scene().shop.url}/dead-letters`);
    await main(page).locator(`a[title="${id}"]`).click();
    await panel(page).getByText(order_uid, { exact: true }).first().waitFor();
  };
  /** Puts the document right in the browser, and has it sent. */
  const correct = async (page: Page, changes: Partial<Order>) => {
    const document = panel(page).getByLabel('Document');
    const { payment, ...order } = JSON.parse(await document.inputValue()) as Order;
    await document.fill(
      JSON.stringify({ ...order, ...changes, payment: { ...payment, amount: 35 } }, null, 2),
    );
    await panel(page).getByText('The contract takes this document.').waitFor();
    await panel(page).getByRole('button', { name: 'Send the corrected one…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click();
  };

  test('a bad order is corrected in the browser, stored, and recommended', async () => {
    const { shop, page } = scene();
    await shop.ask('product', 'POST', '/api/v1/products', { name: 'Rare mirror', sku: 'rare', price: 9 });
    const items = exampleOrder.items.map((item) => ({ ...item, sku: 'rare', name: 'Rare mirror' }));
    await refuse(orderOf('corrected-order', { items }));
    await openDeadLetter(page, 'corrected-order');
    await panel(page).getByText('/payment/amount').last().waitFor();
    await panel(page)
      .getByRole('button', { name: /^line \d+$/ })
      .first()
      .click();
    await correct(page, {});
    await main(page).getByText('1 dead letter sent again.').last().waitFor();
    await panel(page).getByText('sent again', { exact: true }).waitFor();
    await eventually(async () => {
      expect(await shop.ask('product', 'GET', '/api/v1/orders/corrected-order')).toMatchObject({
        order_uid: 'corrected-order',
        payment: { amount: 35 },
      });
      await page.goto(`${shop.url}/recommendations`);
      await main(page).getByText('Rare mirror').first().waitFor({ timeout: 5_000 });
    });
  });

  test('of two operators who correct the same dead letter the second hears of the first, and it counts once', async () => {
    const { shop, page, newPage } = scene();
    const other = await newPage();
    await refuse(orderOf('contested-order', {}));
    for (const one of [page, other]) await openDeadLetter(one, 'contested-order');
    await correct(page, { entry: 'FIRST' });
    await main(page).getByText('1 dead letter sent again.').last().waitFor();
    await correct(other, { entry: 'SECOND' });
    await main(other)
      .getByText(/has sent it again at .*: nothing was done now/)
      .last()
      .waitFor();
    await eventually(async () => {
      expect(await shop.ask('product', 'GET', '/api/v1/orders/contested-order')).toMatchObject({
        entry: 'FIRST',
      });
    });
    await other.close();
  });

  test('what was discarded can be made pending again', async () => {
    const { page } = scene();
    await refuse(orderOf('discarded-order', {}));
    await openDeadLetter(page, 'discarded-order');
    await panel(page).getByRole('button', { name: 'Discard…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await panel(page).getByRole('button', { name: 'Make pending again…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make pending again' }).click();
    await panel(page).getByText('pending', { exact: true }).waitFor();
  });

  test('shows the whole life of an event: its request, outbox, topic and every consumer', async () => {
    const { shop, page, user } = scene();
    await page.goto(`${shop.url}/events?q=${user}&by=key&topic=user-updates`);
    await main(page)
      .getByRole('link', { name: /user\.registered\.v1/ })
      .click();
    const message = page.getByRole('region', { name: 'Message', exact: true });
    for (const step of ['registerUser by', 'published', 'Kafka: user-updates', 'recommendation', 'analytics'])
      await message.getByText(step, { exact: false }).first().waitFor();
    await eventually(async () => {
      expect(await message.getByText(/^applied/).count()).toBe(3);
    });
  });

  test('shows hostile events and dead letters as text', async () => {
    const { shop, page } = scene();
    await write(shop, 'orders', { key: 'hostile-order', value: `{"hostile": ${hostile}` });
    await write(shop, 'product-updates', { key: hostile, value: '{}', headers: { ce_type: hostile } });
    await openDeadLetter(page, 'hostile-order');
    expect(await panel(page).getByLabel('Document').inputValue()).toContain(hostile);
    await page.goto(`${shop.url}/events?q=${encodeURIComponent('<img')}`);
    await main(page).getByRole('link').filter({ hasText: hostile }).first().click();
    await page.getByRole('region', { name: 'Message', exact: true }).getByText(hostile).first().waitFor();
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await page.title()).toMatch(/Souk console$/);
  });

  test('shows what comes while somebody looks', async () => {
    const { shop, page } = scene();
    await page.goto(`${shop.url}/events?mode=live&key=live-order`);
    await eventually(async () => {
      await write(shop, 'orders', { key: 'live-order', value: '{}' });
      await main(page)
        .getByRole('link', { name: /live-order/ })
        .first()
        .waitFor({ timeout: 2_000 });
    });
  });
};

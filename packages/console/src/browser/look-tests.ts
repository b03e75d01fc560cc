import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Scene } from './scene.ts';

const phone = { width: 390, height: 844 };
const desk = { width: 1280, height: 900 };

/** Something that an operator may have on the screen. */
interface Look {
  what: string;
  path: string | ((scene: Scene) => string);
  /** What of the shop it shows. */
  shows: string;
  /** Opens what is looked at. */
  act?: (page: Page) => Promise<unknown>;
}

const click = (name: string | RegExp) => (page: Page) =>
  page.getByRole('main').getByRole('button', { name }).first().click();
const ask = (name: string | RegExp) => async (page: Page) => {
  await click(name)(page);
  await page.getByRole('dialog').waitFor();
};
const press = (key: string) => async (page: Page) => {
  await page.keyboard.press(key);
  await page.getByRole('dialog').waitFor();
};
const openDeadLetter = async (page: Page) => {
  await page.getByRole('table', { name: 'List of dead letters' }).getByRole('link').first().click();
  await page.getByLabel('Document').waitFor();
};
const openMessage = async (page: Page) => {
  await page.locator('.message').first().click();
  await page.getByText('As Kafka has it').waitFor();
};

const looks: Look[] = [
  { what: 'Now', path: '/now', shows: 'product-updates' },
  { what: 'the keys', path: '/now', shows: 'product-updates', act: press('?') },
  { what: 'the search', path: '/now', shows: 'product-updates', act: press('/') },
  { what: 'a page that is not there', path: '/nothing', shows: 'no page here' },
  { what: 'Events without a question', path: '/events', shows: 'Give the id' },
  { what: 'Events, and one of them', path: '/events?q=first-order', shows: ' found, ', act: openMessage },
  { what: 'Events as they come', path: '/events?mode=live', shows: 'Nothing has come yet' },
  { what: 'an event that is gone', path: '/events?at=orders/0/999', shows: 'any more' },
  { what: 'Dead letters', path: '/dead-letters', shows: 'against its contract' },
  { what: 'a dead letter', path: '/dead-letters', shows: 'against its', act: openDeadLetter },
  { what: 'sending all again', path: '/dead-letters', shows: 'against its', act: ask('Send again…') },
  { what: 'discarding all', path: '/dead-letters', shows: 'against its', act: ask('Discard…') },
  {
    what: 'marked dead letters',
    path: '/dead-letters',
    shows: 'against its',
    act: (page) => page.getByRole('checkbox').first().check(),
  },
  { what: 'discarded dead letters', path: '/dead-letters?state=discarded', shows: 'One by one' },
  { what: 'Recommendations', path: '/recommendations', shows: 'Lamp' },
  {
    what: 'Recommendations for a user, a product and a basket',
    path: ({ user, lamp }) => `/recommendations?user=${user}&product=${lamp}&basket=${lamp}`,
    shows: 'Goes with this product',
  },
  {
    what: 'why it is recommended',
    path: ({ user }) => `/recommendations?user=${user}`,
    shows: 'For this user',
    act: ask(/^Why /),
  },
  { what: 'Analytics', path: '/analytics?window=1h', shows: 'Lamp' },
  {
    what: 'the tables of Analytics',
    path: '/analytics?window=1h',
    shows: 'Lamp',
    act: async (page) => {
      for (const button of await page.getByRole('button', { name: 'Table', exact: true }).all())
        await button.click();
    },
  },
  {
    what: 'an experiment that is not there',
    path: '/analytics?experiment=none',
    shows: 'No experiment is called so',
  },
  { what: 'Catalogue', path: '/catalogue', shows: 'Lamp' },
  { what: 'Catalogue without a hit', path: '/catalogue?q=nothing-like-it', shows: 'No product fits' },
  { what: 'a product', path: ({ lamp }) => `/catalogue?id=${lamp}`, shows: 'In 30 days' },
  { what: 'a product that is gone', path: ({ user }) => `/catalogue?id=${user}`, shows: 'no such product' },
  {
    what: 'deleting a product',
    path: ({ lamp }) => `/catalogue?id=${lamp}`,
    shows: 'In 30 days',
    act: ask('Delete…'),
  },
  { what: 'Users', path: '/users', shows: 'ada@example.com' },
  { what: 'a user', path: ({ user }) => `/users?id=${user}`, shows: 'What they did' },
  {
    what: 'erasing a user',
    path: ({ user }) => `/users?id=${user}`,
    shows: 'What they did',
    act: ask('Erase…'),
  },
  { what: 'Orders', path: '/orders', shows: 'first-order' },
  { what: 'an order', path: '/orders?uid=first-order', shows: 'History' },
  {
    what: 'cancelling an order',
    path: '/orders?uid=first-order',
    shows: 'History',
    act: ask('Cancel…'),
  },
  { what: 'Operations', path: '/operations', shows: 'caught up' },
];

/** Looks at everything that operators may have on the screen. */
export const lookTests = (scene: () => Scene): void => {
  test.for(looks)(
    '$what: no finding of axe in either theme, and it fits a phone',
    async ({ path, shows, act }) => {
      const { page, shop } = scene();
      await page.goto(`${shop.url}${typeof path === 'string' ? path : path(scene())}`);
      await page.getByRole('main').getByText(shows, { exact: false }).first().waitFor();
      await act?.(page);
      await page.evaluate(axe.source);
      expect(await findings(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await findings(page, ['color-contrast']), 'dark').toEqual([]);
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize(phone);
      // The page draws some parts again for another size.
      await expect
        .poll(() =>
          page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'),
        )
        .toBe(false);
      await page.setViewportSize(desk);
    },
  );
};

/** What axe finds on a page that has it; without rules all of them are checked. */
const findings = async (page: Page, rules?: string[]): Promise<string[]> => {
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
  const found = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as axe.AxeResults;
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
};

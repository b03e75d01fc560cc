import { createSoukClient } from '@souk/client/client.ts';
import { createShop } from '@souk/importers/shop/shop.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestMesh } from '@souk/testing/mesh.ts';
import { besideShopping } from 'souk/demo/beside-shopping.ts';
import { demoCatalogue } from 'souk/demo/catalogue.ts';
import { demoPeople } from 'souk/demo/people.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { call } from './http-call.ts';

/** What EXPERIMENTS of the mesh must hold. */
export const experiment = {
  name: 'one',
  start: '2026-01-01T00:00:00Z',
  variants: [{ name: 'control' }, { name: 'other', settings: { half_life_days: 1 } }],
};
const [shoppers, products] = [4, 6];

export const experimentTests = (given: () => TestMesh) =>
  describe('an experiment, from the setting to its figures', () => {
    let mesh: TestMesh;
    let userIds: string[];

    beforeAll(async () => {
      mesh = given();
      const shop = createShop(client());
      userIds = [...(await shop.ensureUsers(demoPeople(shoppers))).ids.values()];
      await shop.ensureProducts(demoCatalogue(products));
    });

    const client = () => {
      const [user, product, recommendation, analytics] = (
        ['user', 'product', 'recommendation', 'analytics'] as const
      ).map((name) => mesh.service(name).url) as [string, string, string, string];
      return createSoukClient({ urls: { user, product, recommendation, analytics } });
    };
    const analytics = async (path: string) =>
      (await call('GET', `${mesh.service('analytics').url}/api/v1/analytics/${path}`)).body;
    /** The counts of a variant, or of both together. */
    const counts = async (wanted?: string) => {
      const { variants } = (await analytics('experiments/one')) as { variants: Record<string, number>[] };
      const asked = variants.filter(({ variant }) => wanted === undefined || `${variant}` === wanted);
      const sum = (name: string) => asked.reduce((total, one) => total + (one[name] ?? 0), 0);
      return { users: sum('users'), clicks: sum('clicks'), purchases: sum('purchases') };
    };

    test('the demonstration reports every list it shows', async () => {
      const over = new AbortController();
      const lists: number[] = [];
      const show = (_: string, items: readonly object[]) => void lists.push(items.length);
      const demo = besideShopping({
        client: client(),
        users: shoppers,
        everyMs: 1,
        show,
        signal: over.signal,
      });
      try {
        await eventually(async () => expect((await counts()).users).toBe(shoppers));
      } finally {
        over.abort();
        await demo;
      }
      expect(await counts()).toEqual({ users: shoppers, clicks: 0, purchases: 0 });
      expect(Math.max(...lists)).toBe(5);
    });

    test('a list carries its variant; a click and a purchase of what it shows count once, whatever is repeated', async () => {
      const [user] = userIds as [string];
      const { recommendation, user: users } = client();
      const list = await recommendation.GET('/api/v1/users/{id}/recommendations', {
        params: { path: { id: user } },
      });
      const { experiment: name, variant = '', items = [] } = list.data ?? {};
      expect([name, items.length > 0]).toEqual(['one', true]);
      const before = await counts(variant);
      const eventsBefore = (await analytics('summary')).events;
      const product_id = items[0]?.product_id as string;
      const shown = { experiment: name, variant, product_ids: [product_id] };
      const events = [
        { type: 'recommendation_shown', data: shown },
        { type: 'view', product_id },
        { type: 'purchase', product_id, unit_price: 2.5 },
      ].map((event, index) => ({
        id: `0198c1de-2222-7000-8000-00000000000${index}`,
        user_id: user,
        ...event,
      }));
      for (let times = 0; times < 2; times += 1)
        for (const event of events) await users.POST('/api/v1/events', { body: event });

      const once = { users: before.users, clicks: before.clicks + 1, purchases: before.purchases + 1 };
      await eventually(async () => expect(await counts(variant)).toEqual(once));
      const service = mesh.service('analytics');
      service.kill('SIGKILL');
      await service.exited;
      await mesh.start('analytics');
      // What comes after the restart shows that everything before it was applied.
      await users.POST('/api/v1/events', {
        body: { user_id: user, type: 'view', product_id: items[1]?.product_id as string },
      });
      await eventually(async () =>
        expect((await analytics('summary')).events).toMatchObject({
          view: (eventsBefore.view ?? 0) + 2,
          purchase: (eventsBefore.purchase ?? 0) + 1,
        }),
      );
      expect(await counts(variant)).toMatchObject({ purchases: once.purchases });
    });
  });

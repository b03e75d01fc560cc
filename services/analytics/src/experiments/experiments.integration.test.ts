import { type Experiment, variantOf } from '@souk/contracts/experiments.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import { clearProjections } from '@souk/service-kit/projection/rebuild.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AnalyticsDatabase, analyticsDatabase } from '../testing/analytics-database.ts';
import {
  activityData,
  activityRecorded,
  productPurchased,
  productReturned,
  purchaseData,
  userDeleted,
  userSaved,
} from '../testing/events.ts';
import { testId } from '../testing/messages.ts';
import { testHttp } from '../testing/test-http.ts';
import { closeExperiments } from './closing.ts';
import { ensureExperiments } from './experiment-settings.ts';

const minuteMs = 60_000;
const beginMs = Date.UTC(2026, 2, 1);
const at = (minute: number) => new Date(beginMs + minute * minuteMs).toISOString();

const experiment: Experiment = {
  name: 'faster-decay',
  startMs: beginMs + 20 * minuteMs,
  endMs: beginMs + 150 * minuteMs,
  share: 0.75,
  clickMs: 30 * minuteMs,
  purchaseMs: 60 * minuteMs,
  variants: [
    { name: 'control', settings: {} },
    { name: 'fast', settings: {} },
  ],
};
const variantOfUser = (user: number) => variantOf(experiment, testId('user', user))?.name;
const usersOf = (variant: string | undefined) =>
  Array.from({ length: 40 }, (_, index) => index + 1).filter((user) => variantOfUser(user) === variant);
const [control, fast, outside] = ['control', 'fast', undefined].map(
  (variant) => usersOf(variant)[0] as number,
);

let database: AnalyticsDatabase;
let http: Http;
beforeAll(async () => {
  database = await analyticsDatabase({ experiments: [experiment] });
  http = await testHttp(database.db, () => new Date(beginMs));
});
beforeEach(() => database.clear());
afterAll(async () => {
  await http?.close();
  await database?.drop();
});

const figures = async (name = experiment.name) => {
  const answer = await http.inject({ url: `/api/v1/analytics/experiments/${name}` });
  return { status: answer.statusCode, body: answer.json() };
};

/** What happened, at a minute; a line of an order is told on the other topic. */
interface Happened {
  kind: 'shown' | 'shown wrongly' | 'view' | 'add_to_cart' | 'like' | 'purchase' | 'ordered' | 'deleted';
  user: number;
  product: number;
  minute: number;
  /** Of a line of an order: all of it was taken back, or a part. */
  returned?: 'all' | 'a part' | undefined;
}

const messagesOf = (history: readonly Happened[]) => {
  const users: ((sequence: number) => ReceivedMessage)[] = [];
  const products: ((sequence: number) => ReceivedMessage)[] = [];
  for (const [order, { kind, user, product, minute, returned }] of history.entries()) {
    const variant = variantOfUser(user) ?? 'control';
    const wrong = variant === 'control' ? 'fast' : 'control';
    if (kind === 'deleted') users.push((sequence) => userDeleted({ sequence }, user, 2));
    else if (kind === 'ordered') {
      const more = { user, quantity: 2 };
      const line = { ...purchaseData(product, at(minute), more), order_uid: `order-${order}` };
      const bought = (sequence: number) => productPurchased({ sequence }, line);
      const quantity = returned === 'all' ? 2 : 1;
      const back = {
        ...{ ...line, quantity, remaining_quantity: 2 - quantity, reason: 'returned' as const },
        ...{ occurred_at: at(minute + 100), purchased_at: line.occurred_at },
      };
      const cameBack = (sequence: number) => productReturned({ sequence }, back);
      // As it is when the purchase had been a dead letter.
      if (returned && minute % 2) products.push(cameBack, bought);
      else products.push(bought, ...(returned ? [cameBack] : []));
    } else if (kind.startsWith('shown')) {
      const shown = {
        experiment: experiment.name,
        variant: kind === 'shown' ? variant : wrong,
        product_ids: [testId('product', product), testId('product', product + 1)],
      };
      const data = { ...activityData(user, 'recommendation_shown', at(minute)), shown };
      users.push((sequence) => activityRecorded({ sequence }, data));
    } else
      users.push((sequence) =>
        activityRecorded({ sequence }, activityData(user, kind, at(minute), { product })),
      );
  }
  const numbered = (list: typeof users) => list.map((make, index) => make(index + 1));
  return { users: numbered(users), products: numbered(products) };
};

/** Straight from the definition, over everything that happened. */
const expectedCounts = (history: readonly Happened[]) =>
  experiment.variants.map(({ name: variant }) => {
    const users = usersOf(variant)
      .map((user) => history.filter((one) => one.user === user))
      .filter((own) => !own.some(({ kind }) => kind === 'deleted'))
      .map((own) => {
        const shown = own.filter(({ kind, minute }) => kind === 'shown' && minute >= 20 && minute < 150);
        const follows = (one: Happened, window: number) =>
          one.minute < 150 + window &&
          shown.some(
            ({ product, minute }) =>
              (product === one.product || product + 1 === one.product) &&
              one.minute - minute >= 0 &&
              one.minute - minute <= window,
          );
        const clicks = own.filter(
          (one) => (one.kind === 'view' || one.kind === 'add_to_cart') && follows(one, 30),
        );
        const purchases = own.filter(
          (one) =>
            (one.kind === 'purchase' || (one.kind === 'ordered' && one.returned !== 'all')) &&
            follows(one, 60),
        );
        return { shown: shown.length, clicks: clicks.length, purchases: purchases.length };
      });
    const sum = (of: 'clicks' | 'purchases') => users.reduce((total, user) => total + user[of], 0);
    return {
      variant,
      users: users.filter(({ shown }) => shown > 0).length,
      clicks: sum('clicks'),
      clicking_users: users.filter(({ clicks }) => clicks > 0).length,
      purchases: sum('purchases'),
      purchasing_users: users.filter(({ purchases }) => purchases > 0).length,
    };
  });

const happened: fc.Arbitrary<Happened> = fc.record({
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant('shown' as const) },
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        'view' as const,
        'add_to_cart' as const,
        'purchase' as const,
        'ordered' as const,
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom('shown wrongly' as const, 'like' as const) },
    { weight: 1, arbitrary: fc.constantFrom('ordered' as const, 'deleted' as const) },
  ),
  user: fc.constantFrom(...usersOf('control').slice(0, 2), ...usersOf('fast').slice(0, 2), outside as number),
  product: fc.integer({ min: 1, max: 3 }),
  minute: fc.integer({ min: 0, max: 220 }),
  returned: fc.constantFrom(undefined, undefined, 'all', 'a part'),
});

test('whatever is shown, clicked, bought, taken back and erased, in any order and repeated, the figures are those of a count over the bare facts', async () => {
  const history = fc.array(happened, { minLength: 10, maxLength: 80, size: 'max' });
  await fc.assert(
    fc.asyncProperty(history, fc.infiniteStream(fc.nat({ max: 6 })), async (all, random) => {
      await database.clear();
      const { users, products } = messagesOf(all);
      const next = () => random.next().value as number;
      const left = [
        { messages: users, from: 0 },
        { messages: products, from: 0 },
      ];
      while (left.some(({ messages, from }) => from < messages.length)) {
        const topic = left[next() % 2] as (typeof left)[number];
        // Some that were applied before, again, and some new ones.
        const to = Math.min(topic.from + next(), topic.messages.length);
        const batch = topic.messages.slice(Math.max(0, topic.from - next()), to);
        if (batch.length > 0) await database.apply(batch);
        topic.from = Math.max(topic.from, to);
      }
      const { body } = await figures();
      expect(body.variants).toMatchObject(expectedCounts(all));
      const gone = all.filter(({ kind }) => kind === 'deleted').map(({ user }) => testId('user', user));
      expect(
        await database.db.sql`select user_id from experiment_users where user_id = any(${gone}::uuid[])`,
      ).toEqual([]);
      expect(database.deadLetters).toEqual([]);
    }),
    { numRuns: 12, endOnFailure: true },
  );
});

test('shows rates, their intervals, and what differs from the first variant', async () => {
  const history: Happened[] = [control, fast].flatMap((user = 0) => [
    { kind: 'shown' as const, user, product: 1, minute: 30 },
    ...(user === fast ? [{ kind: 'view' as const, user, product: 1, minute: 40 }] : []),
  ]);
  await database.apply(messagesOf(history).users);
  const { body } = await figures();
  const half = { low: 0, high: expect.closeTo(0.7935, 4) };
  expect(body).toEqual({
    experiment: 'faster-decay',
    start: '2026-03-01T00:20:00.000Z',
    end: '2026-03-01T02:30:00.000Z',
    share: 0.75,
    click_minutes: 30,
    purchase_hours: 1,
    variants: [
      {
        ...{ variant: 'control', users: 1, clicks: 0, clicking_users: 0, purchases: 0, purchasing_users: 0 },
        ...{ click_rate: { rate: 0, ...half }, purchase_rate: { rate: 0, ...half } },
        ...{ click_rate_difference: null, purchase_rate_difference: null },
      },
      {
        ...{ variant: 'fast', users: 1, clicks: 1, clicking_users: 1, purchases: 0, purchasing_users: 0 },
        click_rate: { rate: 1, low: expect.closeTo(0.2065, 4), high: 1 },
        click_rate_difference: { difference: 1, low: expect.any(Number), high: 1 },
        purchase_rate: { rate: 0, ...half },
        purchase_rate_difference: { difference: 0, low: expect.any(Number), high: expect.any(Number) },
      },
    ],
  });
});

test('an experiment without users has no rates, one that was never set is 404', async () => {
  const { body } = await figures();
  expect(body.variants).toMatchObject([
    { users: 0, click_rate: null, purchase_rate_difference: null },
    { users: 0, click_rate: null, click_rate_difference: null },
  ]);
  expect(await figures('other')).toMatchObject({ status: 404, body: { code: 'experiment_not_found' } });
});

test('records nothing under a deleted user again', async () => {
  const user = control as number;
  const { users, products } = messagesOf([
    { kind: 'deleted', user, product: 1, minute: 0 },
    { kind: 'shown', user, product: 1, minute: 30 },
    { kind: 'ordered', user, product: 1, minute: 31 },
  ]);
  await database.apply([userSaved({ sequence: 1, partition: 1 }, user, 1)]);
  for (const message of users) await database.apply([message]);
  await database.apply(products);
  expect(await database.db.sql`select user_id from experiment_users`).toEqual([]);
});

test('figures belong to the first settings of an experiment, but for its end, until all is cleared', async () => {
  const ended = { ...experiment, endMs: experiment.endMs + minuteMs };
  await ensureExperiments(database.db, [ended]);
  expect((await figures()).body.end).toBe('2026-03-01T02:31:00.000Z');
  const other = { ...experiment, share: 0.5 };
  await expect(ensureExperiments(database.db, [other])).rejects.toMatchObject({ code: 'experiment_changed' });
  await clearProjections(database.db.sql);
  await ensureExperiments(database.db, [other]);
  expect((await figures()).body.share).toBe(0.5);
});

test('a week after the last moment that counts only the figures of users are left, and an erasure takes them back', async () => {
  const user = control as number;
  const { users } = messagesOf([
    { kind: 'shown', user, product: 1, minute: 30 },
    { kind: 'view', user, product: 1, minute: 31 },
    { kind: 'view', user, product: 1, minute: 32 },
    { kind: 'deleted', user, product: 1, minute: 33 },
  ]);
  const [shown, viewed, late, deleted] = users as [
    ReceivedMessage,
    ReceivedMessage,
    ReceivedMessage,
    ReceivedMessage,
  ];
  const ofControl = async () => (await figures()).body.variants[0];
  const facts = async () =>
    (await database.db.sql`select facts from experiment_users`).map(({ facts }) => facts);
  await database.apply([userSaved({ sequence: 1, partition: 1 }, user, 1)]);
  await database.apply([shown, viewed]);

  const closedMs = experiment.endMs + experiment.purchaseMs + 7 * 24 * 60 * minuteMs;
  expect(await closeExperiments(database.db, new Date(closedMs))).toBe(false);
  expect(await facts()).not.toEqual([null]);
  while (await closeExperiments(database.db, new Date(closedMs + 1)));
  await database.apply([late]);
  expect(await facts()).toEqual([null]);
  expect(await ofControl()).toMatchObject({ users: 1, clicks: 1 });

  await database.apply([deleted]);
  expect(await facts()).toEqual([]);
  expect(await ofControl()).toMatchObject({ users: 0, clicks: 0 });
});

import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Purchase, publisher } from './events.ts';
import { expectedTables, type Fact, storedTables } from './oracle.ts';
import { type Projected, testProjected, testScoring } from './projected.ts';

/** Small caps, so that they are met. */
const scoring = { ...testScoring, interactionsMax: 6, repeatsMax: 2 };

let projected: Projected;
beforeAll(async () => {
  projected = await testProjected({ scoring });
});
afterAll(() => projected.close());

const products = [0, 1, 2, 3, 4, 5].map((n) => `0198c1de-3b00-7000-8000-0000000000a${n}`);
const users = [0, 1, 2, 3].map((n) => `0198c1de-3b00-7000-8000-00000000000${n}`);

/** Often the same time, and often within one hour. */
const occurredAt = fc
  .oneof(
    fc.integer({ min: Date.UTC(2009, 0), max: Date.UTC(2030, 0) }),
    fc.integer({ min: 0, max: 8 }).map((step) => Date.UTC(2026, 2) + step * 900_000),
  )
  .map((atMs) => new Date(atMs).toISOString());

const happening = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant('activity' as const),
      user_id: fc.constantFrom(...users),
      product_id: fc.option(fc.constantFrom(...products), { freq: 9 }),
      type: fc.constantFrom('view', 'like', 'add_to_cart', 'purchase', 'scroll'),
      quantity: fc.option(fc.integer({ min: 1, max: 50 })),
      occurred_at: occurredAt,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('order' as const),
      user_id: fc.option(fc.constantFrom(...users)),
      product_id: fc.constantFrom(...products),
      quantity: fc.integer({ min: 1, max: 50 }),
      occurred_at: occurredAt,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('state' as const),
      product_id: fc.constantFrom(...products),
      name: fc.string({ minLength: 1, maxLength: 20 }).map((text) => `n${text.replaceAll('\u0000', '')}`),
      price_minor: fc.integer({ min: 0, max: 100_000 }),
      category: fc.constantFrom(null, 'Home', 'Garden'),
      stock: fc.constantFrom(null, 0, 3),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('return' as const),
      of: fc.nat(),
      remaining: fc.constantFrom(0, 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('erasure' as const), user_id: fc.constantFrom(...users) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('deletion' as const),
      product_id: fc.constantFrom(...products),
    }),
  },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** A turn of one partition: go back by some messages, then deliver a batch. */
const turn = fc.record({
  worker: fc.nat(),
  back: fc.constantFrom(0, 0, 1, 3, 20),
  size: fc.integer({ min: 1, max: 8 }),
});

test('any interleaving of the partitions, any repetition and any batches give the same tables', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { minLength: 1, maxLength: 60 }),
      fc.array(turn, { maxLength: 30 }),
      async (happenings, turns) => {
        await projected.clear();
        const { log, expected } = play(happenings);
        await deliver(log, turns);
        expect(await storedTables(projected.db)).toEqual({
          ...expected,
          products: expected.products.map((row) => ({
            ...row,
            log_weight: row.log_weight === null ? null : expect.closeTo(row.log_weight, 9),
          })),
        });
      },
    ),
    { numRuns: 60 },
  );
});

/** The events of what happened, and the tables as they follow from all of it at once. */
const play = (happenings: readonly Happening[]) => {
  const publish = publisher();
  const states = new Map<string, ReturnType<typeof unknown>>();
  const facts: Fact[] = [];
  const orders: { fact: Fact; line: Partial<Purchase> }[] = [];
  const erased = new Set<string>();
  const record = (one: Happening, index: number): ReceivedMessage[] => {
    switch (one.what) {
      case 'erasure':
        erased.add(one.user_id);
        return [publish.userDeleted(one.user_id, 9)];
      case 'activity': {
        const { what: _, ...activity } = one;
        if (activity.product_id !== null) facts.push({ ...activity, product_id: activity.product_id });
        return [publish.activity(activity)];
      }
      case 'order': {
        const { what: _, ...bought } = one;
        const line = { ...bought, order_uid: `order-${index % 3}`, line: index + 1 };
        const fact = { ...bought, type: 'purchase', user_id: bought.user_id ?? `order ${line.order_uid}` };
        facts.push(fact);
        orders.push({ fact, line });
        return [publish.purchase(line)];
      }
      case 'return': {
        const open = orders.filter(({ fact }) => !fact.returned);
        const order = open[one.of % Math.max(1, open.length)];
        if (!order) return [];
        order.fact.returned = one.remaining === 0;
        // The owner forgets who bought when the user is deleted.
        const user_id = erased.has(order.fact.user_id) ? null : (order.line.user_id ?? null);
        const purchased_at = order.fact.occurred_at;
        return [
          publish.returned({ ...order.line, user_id, remaining_quantity: one.remaining, purchased_at }),
        ];
      }
      default: {
        const row = states.get(one.product_id) ?? unknown(one.product_id);
        if (row.deleted) return [];
        states.set(row.product_id, row);
        row.version += 1;
        if (one.what === 'deletion') {
          Object.assign(row, { ...unknown(row.product_id), version: row.version, deleted: true });
          return [publish.productDeleted(row.product_id, row.version)];
        }
        const { name, price_minor, category, stock } = one;
        Object.assign(row, { name, price_minor, category, available: stock === null || stock > 0 });
        return [
          publish.product({
            product_id: one.product_id,
            name,
            price_minor,
            category,
            stock,
            version: row.version,
          }),
        ];
      }
    }
  };
  const log = happenings.flatMap(record);
  const known = new Map([...states].map(([id, { deleted: _, ...state }]) => [id, state]));
  return { log, expected: expectedTables({ states: known, facts, erased }, scoring) };
};

const unknown = (product_id: string) => ({
  product_id,
  version: 0,
  name: null as string | null,
  price_minor: null as number | null,
  category: null as string | null,
  available: false,
  deleted: false,
});

/** Each partition in its order, going back as consumers do after a crash; at last everything has been delivered. */
const deliver = async (
  log: readonly ReceivedMessage[],
  turns: readonly { worker: number; back: number; size: number }[],
) => {
  const workers = [...Map.groupBy(log, ({ topic, partition }) => `${topic}/${partition}`).values()].map(
    (messages) => ({ messages, next: 0 }),
  );
  for (const { worker, back, size } of turns) {
    const turned = workers[worker % workers.length];
    if (!turned) continue;
    const from = Math.max(0, turned.next - back);
    await projected.apply(turned.messages.slice(from, from + size));
    turned.next = Math.min(turned.messages.length, from + size);
  }
  for (const { messages, next } of workers) await projected.apply(messages.slice(next));
};

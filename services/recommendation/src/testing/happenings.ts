import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import fc from 'fast-check';
import { type Purchase, publisher } from './events.ts';
import type { Fact, Happened } from './oracle.ts';

export const products = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `0198c1de-3b00-7000-8000-0000000000a${n}`);
export const users = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `0198c1de-3b00-7000-8000-00000000000${n}`);

/** Often the same time, and often within one hour. */
const occurredAt = fc
  .oneof(
    fc.integer({ min: Date.UTC(2009, 0), max: Date.UTC(2030, 0) }),
    fc.integer({ min: 0, max: 8 }).map((step) => Date.UTC(2026, 2) + step * 900_000),
  )
  .map((atMs) => new Date(atMs).toISOString());

export const happening = fc.oneof(
  {
    weight: 12,
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
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('order' as const),
      user_id: fc.option(fc.constantFrom(...users)),
      product_id: fc.constantFrom(...products),
      quantity: fc.integer({ min: 1, max: 50 }),
      occurred_at: occurredAt,
    }),
  },
  {
    weight: 6,
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
    weight: 4,
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
export type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** The events of what happened, as their owners publish them, and the bare facts. */
export const play = (happenings: readonly Happening[]): { log: ReceivedMessage[]; happened: Happened } => {
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
        // All lines of an order are of one shopper.
        const order_uid = `order-${bought.user_id ?? 'guest'}-${index % 3}`;
        const line = { ...bought, order_uid, line: index + 1 };
        const fact = { ...bought, type: 'purchase', user_id: bought.user_id ?? `order ${order_uid}` };
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
  return { log, happened: { states: known, facts, erased } };
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

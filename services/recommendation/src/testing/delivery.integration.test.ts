import type { ReceivedMessage } from '@souk/service-kit/kafka/message.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Activity, type Purchase, publisher } from './events.ts';
import { type Projected, testProjected, testScoring } from './projected.ts';

let projected: Projected;
beforeAll(async () => {
  projected = await testProjected();
});
afterAll(() => projected.close());

const products = [0, 1, 2, 3, 4, 5].map((n) => `0198c1de-3b00-7000-8000-0000000000a${n}`);
const users = [0, 1, 2, 3].map((n) => `0198c1de-3b00-7000-8000-00000000000${n}`);

const occurredAt = fc
  .integer({ min: Date.UTC(2009, 0), max: Date.UTC(2030, 0) })
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

test('any interleaving of the partitions, any repetition and any batches give the same table', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { minLength: 1, maxLength: 60 }),
      fc.array(turn, { maxLength: 30 }),
      async (happenings, turns) => {
        await projected.clear();
        const { log, expected } = play(happenings);
        await deliver(log, turns);
        const rows = await projected.db.sql`
          select product_id, version, name, price_minor, category, available, weight, log_weight
          from products order by product_id`;
        expect(rows).toEqual(
          expected.map((row) => ({
            ...row,
            log_weight: row.log_weight === null ? null : expect.closeTo(row.log_weight, 9),
          })),
        );
      },
    ),
    { numRuns: 40 },
  );
});

/** The events of what happened, and the table as it follows from all of it at once. */
const play = (happenings: readonly Happening[]) => {
  const publish = publisher();
  const table = new Map<string, ReturnType<typeof unknown>>();
  const terms = new Map<string, number[]>();
  const log: ReceivedMessage[] = [];
  for (const { what, ...data } of happenings) {
    const id = data.product_id;
    const row = id === null ? undefined : (table.get(id) ?? unknown(id));
    if (what === 'activity' || what === 'order') {
      const interaction = what === 'order' ? { ...data, type: 'purchase' } : data;
      const { type, occurred_at } = interaction as Pick<Activity, 'type' | 'occurred_at'>;
      log.push(
        what === 'order'
          ? publish.purchase(data as Partial<Purchase>)
          : publish.activity(data as Partial<Activity>),
      );
      const weight = testScoring.weights.get(type);
      if (!row || !weight) continue;
      row.weight += weight;
      const term = Math.log(weight) + (Math.LN2 / testScoring.halfLifeMs) * Date.parse(occurred_at);
      terms.set(row.product_id, [...(terms.get(row.product_id) ?? []), term]);
      table.set(row.product_id, row);
      continue;
    }
    if (!row || row.deleted) continue;
    row.version += 1;
    if (what === 'deletion') {
      log.push(publish.productDeleted(row.product_id, row.version));
      Object.assign(row, { name: null, price_minor: null, category: null, available: false, deleted: true });
    } else {
      const state = data as Extract<Happening, { what: 'state' }>;
      log.push(publish.product({ ...state, version: row.version }));
      const { name, price_minor, category, stock } = state;
      Object.assign(row, { name, price_minor, category, available: stock === null || stock > 0 });
    }
    table.set(row.product_id, row);
  }
  const expected = [...table.values()]
    .map(({ deleted, ...row }) => ({ ...row, log_weight: logSum(terms.get(row.product_id)) }))
    .sort((a, b) => (a.product_id < b.product_id ? -1 : 1));
  return { log, expected };
};

const unknown = (product_id: string) => ({
  product_id,
  version: 0,
  name: null as string | null,
  price_minor: null as number | null,
  category: null as string | null,
  available: false,
  weight: 0,
  deleted: false,
});

/** ln Σ e^term, around the largest term. */
const logSum = (terms: number[] | undefined): number | null => {
  if (!terms) return null;
  const largest = Math.max(...terms);
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
};

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

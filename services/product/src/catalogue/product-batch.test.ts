import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createProduct, type GivenFields } from './product.ts';
import { decideUpsert, rejectRepeatedSkus, upsertOutcome } from './product-batch.ts';

const meta = {
  productId: '0198c1de-3b00-7000-8000-0000000000a1',
  eventId: '0198c1de-3b00-7000-8000-0000000000e1',
  now: new Date('2026-03-01T08:00:00.000Z'),
};
const batches = fc
  .array(
    fc.record(
      {
        sku: fc.option(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor')),
        name: fc.constantFrom('x', 'y'),
        priceMinor: fc.constantFrom(0, 1),
      },
      { requiredKeys: [] },
    ),
  )
  .map((given) => given.map((fields, index) => ({ index, given: fields as GivenFields })));

test('of several items with one sku the first is kept, and items without one all are', () => {
  fc.assert(
    fc.property(batches, (items) => {
      const { kept, rejected } = rejectRepeatedSkus(items);
      const isFirst = ({ index, given }: (typeof items)[number]) =>
        given.sku == null || items.findIndex((item) => item.given.sku === given.sku) === index;
      expect(kept).toEqual(items.filter(isFirst));
      expect(rejected.map(({ index }) => index)).toEqual(
        items.filter((item) => !isFirst(item)).map(({ index }) => index),
      );
    }),
  );
});

test('every item is answered once: as what it became, or with the reason why not', () => {
  const { product: existing } = createProduct({ sku: 'a', name: 'x', priceMinor: 1 }, meta);
  fc.assert(
    fc.property(batches, (items) => {
      const { kept, rejected } = rejectRepeatedSkus(items);
      const decisions = kept.map((item) =>
        decideUpsert(item, item.given.sku === 'a' ? existing : undefined, meta),
      );
      const outcome = upsertOutcome(decisions, rejected);
      const answered = [...outcome.items, ...outcome.rejected].map(({ index }) => index);
      expect(answered.toSorted((a, b) => a - b)).toEqual(items.map(({ index }) => index));
      for (const { index, status, product } of outcome.items) {
        const given = items[index]?.given ?? {};
        expect(product).toMatchObject(given);
        expect(status === 'created').toBe(given.sku !== 'a');
      }
      for (const { index, code } of outcome.rejected) {
        const given = items[index]?.given ?? {};
        if (code === 'invalid_request')
          expect(given).not.toMatchObject({ name: expect.any(String), priceMinor: 0 });
        else expect(code).toBe('duplicate_sku');
      }
    }),
  );
});

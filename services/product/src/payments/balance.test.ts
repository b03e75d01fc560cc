import { decimalsOf, minorDecimalsOf } from '@souk/contracts/currency.ts';
import { quantityMax } from '@souk/contracts/fields.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareDueMinor } from './balance.ts';

test('piece by piece, the shares due of a total go from all of it to nothing, in amounts that the currency has', () => {
  const line = fc.record({
    currency: fc.constantFrom('JPY', 'USD', 'KWD', 'CLF'),
    total: fc.integer({ min: 0, max: 100_000_000 }),
    quantity: fc.integer({ min: 1, max: quantityMax }),
    share: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });
  fc.assert(
    fc.property(line, ({ currency, total, quantity, share }) => {
      const due = (left: number) => shareDueMinor({ total, quantity, left }, currency);
      const left = Math.floor(share * quantity);
      expect(due(quantity)).toBe(total * 10 ** minorDecimalsOf(currency));
      expect(due(0)).toBe(0);
      expect(due(left)).toBeLessThanOrEqual(due(left + 1));
      expect(due(left) % 10 ** (minorDecimalsOf(currency) - decimalsOf(currency))).toBe(0);
    }),
  );
});

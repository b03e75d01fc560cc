import { expect, test } from 'vitest';
import { sumOfAmounts } from './revenue.ts';

test.each([
  [[], '0'],
  [['0', '12', '30'], '42'],
  [['9007199254740991', '1', '1'], '9007199254740993'],
  [['1000000000000000000', '1', '2'], '1000000000000000003'],
])('the sum of %j is %s to the last digit', (amounts, sum) => {
  expect(sumOfAmounts(amounts)).toBe(sum);
});

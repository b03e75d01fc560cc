import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { canonicalNumber, isExactNumber, parseExactJson } from './exact-json.ts';
import { scanJson, valuesOfOneBody } from './json-scan.ts';

test('every number of doubles, however it is written, is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: 'large' }), (value) => {
      const text = JSON.stringify(value);
      expect(parseExactJson(text)).toEqual(JSON.parse(text));
    }),
  );
  for (const text of ['1e2', '100.0', '-0', '0.10', '9007199254740992', '5e-324', '[1E+2,1.5e0]'])
    expect(parseExactJson(text)).toEqual(JSON.parse(text));
});

test('a scan finds every text that has a number which no double holds', () => {
  const number = fc.stringMatching(/^-?(0|[1-9]\d{0,20})(\.\d{1,20})?([eE][+-]?\d{1,3})?$/);
  fc.assert(
    fc.property(fc.array(number), fc.jsonValue(), (numbers, other) => {
      const text = `[${numbers.join(', ')}${numbers.length > 0 ? ',' : ''}${JSON.stringify(other)}]`;
      const { hasLongNumbers } = scanJson(Buffer.from(text), valuesOfOneBody());
      expect(JSON.stringify(parseExactJson(text, hasLongNumbers))).toBe(
        JSON.stringify(parseExactJson(text, true)),
      );
    }),
  );
});

const wholeNumber = fc.bigInt(-(10n ** 40n), 10n ** 40n);

test('two numbers are the same exactly when all their digits are, wherever they stand', () => {
  fc.assert(
    fc.property(
      wholeNumber,
      wholeNumber,
      fc.nat(60),
      fc.constantFrom('', ' ', '\n'),
      (a, b, scale, space) => {
        const written = (n: bigint) => canonicalJson(parseExactJson(`{"a":[1,${space}${n}e-${scale}]}`));
        expect(written(a) === written(b)).toBe(a === b);
        const shifted = parseExactJson(`{"a":[1,${a * 1000n}e-${scale + 3}]}`);
        expect(canonicalJson(shifted)).toBe(written(a));
      },
    ),
  );
});

test('a number that no double holds is written again as it came', () => {
  for (const text of ['12345678901234567890', '[0.1000000000000000055,-1e400]', '{"a":1e-400}'])
    expect(JSON.stringify(parseExactJson(text))).toBe(text);
  expect(isExactNumber(parseExactJson('9007199254740993'))).toBe(true);
  expect(isExactNumber({ rawJSON: '1' })).toBe(false);
});

test('a text of zeros costs no more than its length', () => {
  const zeros = '0'.repeat(500_000);
  expect(canonicalNumber(`1${zeros}1.${zeros}1${zeros}`)).toHaveLength(1_000_003 + 'e-500001'.length);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nestingMax, scanJson, valuesMax, valuesOfOneBody } from './json-scan.ts';

/** Counted on what JSON.parse built. */
const measure = (value: unknown): { values: number; members: number; depth: number } => {
  if (typeof value !== 'object' || value === null) return { values: 1, members: 0, depth: 0 };
  const parts = Object.values(value).map(measure);
  const members = Array.isArray(value) ? 0 : parts.length;
  return {
    values: parts.reduce((sum, part) => sum + part.values, 1 + members),
    members: parts.reduce((sum, part) => sum + part.members, members),
    depth: 1 + Math.max(0, ...parts.map(({ depth }) => depth)),
  };
};

const scan = (text: string, count = valuesMax) => scanJson(Buffer.from(text), { count });

test('takes what JSON.parse builds within the limits, and counts it rightly, however it is written', () => {
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: 'large' }), fc.constantFrom(0, 1, '\t'), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      const { values, members, depth } = measure(JSON.parse(text));
      fc.pre(depth <= nestingMax);
      const left = valuesOfOneBody();
      expect(scanJson(Buffer.from(text), left)).toMatchObject({ members });
      expect(valuesMax - left.count).toBe(values);
      expect(scan(text, values).fault).toBeUndefined();
      expect(scan(text, values - 1).fault).toMatch(/^has more than/);
    }),
  );
});

test('refuses every nesting beyond the limit, whatever lies around it, and no other', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: nestingMax - 2, maxLength: nestingMax + 2 }),
      fc.jsonValue({ maxDepth: 0 }),
      (levels, core) => {
        const value = levels.reduce<unknown>(
          (inner, isArray) => (isArray ? [0, inner] : { '[': inner }),
          core,
        );
        const { fault } = scan(JSON.stringify(value));
        expect(fault).toBe(
          levels.length > nestingMax ? `is nested deeper than ${nestingMax} levels` : undefined,
        );
      },
    ),
  );
});

test.each([
  ['[12,-1.5,true,false,null,"1e5","12345678901234567890"]', false],
  ['{"a":123456789012345,"e":[0.1234567890123]}', false],
  ['1234567890123456', true],
  ['[1,0.12345678901234]', true],
  ['{"a":-1e2}', true],
  ['[true,1E-2]', true],
])('%s: may have a number that no double holds: %s', (text, hasLongNumbers) => {
  expect(scan(text)).toMatchObject({ hasLongNumbers });
});

test('stops at the limit instead of reading on', () => {
  const endless = Buffer.alloc(8 * 1024 * 1024, '{},');
  const left = valuesOfOneBody();
  expect(scanJson(endless, left).fault).toMatch(/^has more than/);
  expect(left.count).toBe(-1);
  expect(scan('['.repeat(8_000_000)).fault).toMatch(/^is nested/);
});

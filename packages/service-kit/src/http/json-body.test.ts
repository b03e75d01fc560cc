import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ProblemError } from '../problem.ts';
import { readJson } from './json-body.ts';

const read = (text: string) => readJson(Buffer.from(text));

const refusal = (text: string): ProblemError['problem'] => {
  try {
    read(text);
  } catch (error) {
    return (error as ProblemError).problem;
  }
  throw new Error(`taken: ${text}`);
};

test('gives what JSON.parse gives', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      fc.pre(!/\\u0000|__proto__/.test(text));
      expect(read(text)).toEqual(JSON.parse(text));
    }),
  );
});

test.each([
  ['{"a":1,"a":1}', 'a'],
  ['{"a":1,"\\u0061":2}', 'a'],
  ['{"a":{"b":[0,{"c":1,"d":{"c":1},"c":2}]}}', 'a/b/1/c'],
  ['{"a":{"x":1,"y":[1,2,{}]},"b":"\\"a\\":","a":0}', 'a'],
  ['[{"a":1},{"a":1},{"b/c":{},"b/c":1}]', '2/b~1c'],
  ['{"":1,"":2}', ''],
])('refuses %s: the same key twice, and names its place', (text, field) => {
  expect(refusal(text)).toMatchObject({
    code: 'invalid_request',
    errors: [{ field, message: 'is given twice' }],
  });
});

test('finds a repeated key wherever it is', () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 });
  fc.assert(
    fc.property(object, fc.jsonValue(), fc.nat(), (value, other, pick) => {
      const text = JSON.stringify(value);
      fc.pre(!/\\u0000|__proto__/.test(text));
      const keys = Object.keys(value);
      const key = keys[pick % keys.length] as string;
      const repeated = `[${JSON.stringify(other).replaceAll(/\\u0000|__proto__/g, '')},${text.slice(0, -1)},${JSON.stringify(key)}:0}]`;
      expect(refusal(repeated).errors?.[0]?.message).toBe('is given twice');
    }),
  );
});

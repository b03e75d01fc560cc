import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layOutJson } from './json-layout.ts';

test('sets JSON out as JSON.stringify does', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      expect(layOutJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
    }),
  );
});

test('changes no number, escape or repeated name', () => {
  const text = '{"a" :12345678901234567890,"a":1.50 ,"b":"\\u00e9\\"{,}\\\\"}';
  expect(layOutJson(text)).toBe(
    '{\n  "a": 12345678901234567890,\n  "a": 1.50,\n  "b": "\\u00e9\\"{,}\\\\"\n}',
  );
});

test('leaves alone what is no JSON or nested without end', () => {
  expect(layOutJson('{"a":')).toBeUndefined();
  expect(layOutJson(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)).toBeUndefined();
});

test('takes strings of any length', () => {
  const text = JSON.stringify(['x'.repeat(5_000_000), '\\"'.repeat(1_000_000)]);
  expect(layOutJson(text)?.replaceAll(/\s/g, '')).toBe(text);
});

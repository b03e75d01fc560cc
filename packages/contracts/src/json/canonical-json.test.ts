import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { parseExactJson } from './exact-json.ts';

test.each([
  ['keys in any order', '{"b":1,"a":2}', '{"a":2,"b":1}'],
  ['the same keys once more, with other values', '{"b":3,"a":null}', '{"a":null,"b":3}'],
  ['keys that are numbers, as texts', '{"9":1,"10":2}', '{"10":2,"9":1}'],
  ['keys with characters that JSON escapes', '{"\\n":1,"\\"":2}', '{"\\n":1,"\\"":2}'],
  ['objects in arrays and objects', '[{"b":{"d":[],"c":{}},"a":"x"}]', '[{"a":"x","b":{"c":{},"d":[]}}]'],
  ['a number that no double holds', '{"a":12345678901234567890.0}', '{"a":1234567890123456789e1}'],
  [
    'long keys',
    `{"${'b'.repeat(600)}":1,"${'a'.repeat(600)}":2}`,
    `{"${'a'.repeat(600)}":2,"${'b'.repeat(600)}":1}`,
  ],
])('writes %s', (_, json, canonical) => {
  expect(canonicalJson(parseExactJson(json))).toBe(canonical);
});

test('writes objects of more forms than it remembers', () => {
  for (let form = 0; form < 500; form++)
    expect(canonicalJson({ [`b${form}`]: 1, [`a${form}`]: 2 })).toBe(`{"a${form}":2,"b${form}":1}`);
});

import { expect, test } from 'vitest';
import { parseExactJson } from './exact-json.ts';
import { areUnique } from './unique-items.ts';

test.each([
  ['one field tells them apart', '[{"a":1,"b":1},{"a":1,"b":2}]', true],
  ['two fields together do, none alone', '[{"a":1,"b":1},{"a":1,"b":2},{"a":2,"b":1}]', true],
  ['the keys come in another order', '[{"a":1,"b":[2]},{"b":[2],"a":1}]', false],
  ['the last two are the same', '[{"a":1},{"a":2},{"a":2}]', false],
  ['a field is missing in one', '[{"a":1},{}]', true],
  ['a field has a text in one and a number in the other', '[{"a":"1"},{"a":1}]', true],
  ['fields have the same number written in two ways', '[{"a":1},{"a":1.0}]', false],
  ['fields have the same long number written in two ways', '[{"a":1e400},{"a":10e399}]', false],
  ['the items are long numbers written in two ways', '[1e400,10e399]', false],
  ['an object looks like a long number', '[{"rawJSON":"1"},1e400,10e399]', false],
  ['they are of several kinds', '[null,"a",1,[],{}]', true],
  ['there is none', '[]', true],
])('tells whether items are unique where %s', (_, json, unique) => {
  expect(areUnique(parseExactJson(json) as unknown[])).toBe(unique);
});

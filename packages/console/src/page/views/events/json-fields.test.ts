import { expect, test } from 'vitest';
import { compactJson, fieldsOf } from './json-fields.ts';

const text = `{
  "id": 9007199254740993,
  "price": 1.50,
  "a": { "text": "two  \\" spaces", "list": [1e2, null] }
}`;

test('writes a document on one line as it was, its big numbers among it', () => {
  expect(compactJson(text)).toBe(
    '{"id":9007199254740993,"price":1.50,"a":{"text":"two  \\" spaces","list":[1e2,null]}}',
  );
});

test('leaves a string as it is that was cut off', () => {
  expect(compactJson('{ "a": 1, "b": "two  words')).toBe('{"a":1,"b":"two  words');
});

test('lists the fields of a document with the numbers as they were written', () => {
  expect(fieldsOf(text)).toEqual([
    ['id', '9007199254740993'],
    ['price', '1.50'],
    ['a.text', 'two  " spaces'],
    ['a.list.0', '1e2'],
    ['a.list.1', 'null'],
  ]);
  expect(fieldsOf('{"cut off')).toBeUndefined();
});

import { expect, test } from 'vitest';
import { lineOf, pointerLines } from './pointer-lines.ts';

const text = JSON.stringify(
  { payment: { amount: -1, 'a/b': '{"x": [1,\n2]}' }, items: [{ price: 1 }, { price: 'x' }], empty: {} },
  null,
  2,
);
const textAt = (line: number | undefined) => text.split('\n')[(line ?? 0) - 1]?.trim();

test('finds the line of every field by its pointer', () => {
  const lines = pointerLines(text);
  expect(textAt(lines.get('/payment/amount'))).toBe('"amount": -1,');
  expect(textAt(lines.get('/payment/a~1b'))).toContain('"a/b"');
  expect(textAt(lines.get('/items/1/price'))).toBe('"price": "x"');
  expect(lines.get('')).toBe(1);
});

test('a field that is missing is marked where it should be', () => {
  const lines = pointerLines(text);
  expect(lineOf(lines, '/payment/currency')).toBe(lines.get('/payment'));
  expect(lineOf(lines, '/')).toBe(1);
  expect(lineOf(lines, 'ce_id')).toBeUndefined();
});

test('a text that is no JSON is read as far as it goes', () => {
  expect(pointerLines('{\n"a": 1,\n"b": {').get('/b')).toBe(3);
  expect(pointerLines('').size).toBe(1);
  expect(pointerLines(']]]}"').size).toBe(1);
});

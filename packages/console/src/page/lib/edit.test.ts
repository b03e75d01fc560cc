import { expect, test } from 'vitest';
import { changesOf, conflictOf, draftOf, onTopOf } from './edit.ts';

const base = draftOf({ name: 'Lamp', price: 12.5, stock: null }, ['name', 'price', 'stock']);

test('sends the fields that were changed, and no others', () => {
  expect(base).toEqual({ name: 'Lamp', price: '12.5', stock: '' });
  expect(changesOf(base, { ...base, price: '13' })).toEqual({ price: '13' });
  expect(changesOf(base, base)).toEqual({});
});

test('says what somebody else changed, beside what was written', () => {
  const theirs = { ...base, name: 'Torch', stock: '3' };
  expect(conflictOf(base, theirs, { ...base, name: 'Light' })).toEqual([
    { field: 'name', was: 'Lamp', theirs: 'Torch', mine: 'Light' },
    { field: 'stock', was: '', theirs: '3', mine: '' },
  ]);
});

test('puts my changes on top of theirs, and keeps their other ones', () => {
  const theirs = { ...base, name: 'Torch', stock: '3' };
  expect(onTopOf(base, theirs, { ...base, name: 'Light' })).toEqual({
    name: 'Light',
    price: '12.5',
    stock: '3',
  });
});

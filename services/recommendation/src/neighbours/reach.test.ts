import { expect, test } from 'vitest';
import { neighboursAsked, shoppersLooked } from './reach.ts';

test('a long session is asked about the fewer neighbours the longer it is, and two fifths of them at least', () => {
  expect([1, 5, 6, 9, 10, 50].map((products) => neighboursAsked(200, products))).toEqual([
    200, 200, 176, 104, 80, 80,
  ]);
  expect([1, 7, 50].map((products) => neighboursAsked(1, products))).toEqual([1, 1, 1]);
});

test('half as many shoppers of the older products of a session are looked at', () => {
  expect([0, 2, 3, 19].map((place) => shoppersLooked(201, place))).toEqual([201, 201, 101, 101]);
  expect(shoppersLooked(1, 19)).toBe(1);
});

import { expect, test } from 'vitest';
import { newEvent } from './new-event.ts';
import { userUpdates } from './user-updates.ts';

const id = '0198c1de-3b00-7000-8000-0000000000e1';
const state = {
  user_id: '0198c1de-3b00-7000-8000-000000000001',
  version: 1,
  cart: [{ product_id: '0198c1de-3b00-7000-8000-0000000000a1', quantity: 1 }],
  created_at: '2026-03-01T09:30:00.000Z',
  updated_at: '2026-03-01T09:30:00.000Z',
};

test('takes the key from the data', () => {
  expect(newEvent(userUpdates, 'user.registered.v1', id, state)).toEqual({
    id,
    type: 'user.registered.v1',
    key: state.user_id,
    data: state,
  });
});

test('refuses data that no consumer would decode', () => {
  const cart = [{ product_id: 'tea', quantity: 0 }];
  expect(() => newEvent(userUpdates, 'user.registered.v1', id, { ...state, cart })).toThrow(
    expect.objectContaining({
      code: 'schema_violation',
      problems: expect.arrayContaining([
        expect.stringMatching('^/cart/0/product_id: '),
        expect.stringMatching('^/cart/0/quantity: '),
      ]),
    }),
  );
});

test('refuses a property that the contract does not name, at any depth', () => {
  const row = { ...state, email: 'ada@example.org' };
  expect(() => newEvent(userUpdates, 'user.registered.v1', id, row)).toThrow(
    'schema_violation: /email: not in the contract',
  );
  const cart = [{ ...(state.cart[0] as (typeof state.cart)[0]), note: 'for Ada' }];
  expect(() => newEvent(userUpdates, 'user.registered.v1', id, { ...state, cart })).toThrow(
    /\/cart\/0\/note: /,
  );
});

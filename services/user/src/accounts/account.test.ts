import { DecodeError } from '@souk/contracts/decode-error.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Account, close, register, replaceCart, update } from './account.ts';

const id = '0198c1de-3b00-7000-8000-000000000001';
const eventId = '0198c1de-3b00-7000-8000-0000000000e1';
const tea = '0198c1de-3b00-7000-8000-0000000000a1';
const now = new Date('2026-03-01T09:30:00.000Z');
const later = new Date('2026-03-01T09:45:00.000Z');

const { account: ada } = register(id, { email: 'ada@example.org', name: 'Ada Lovelace' }, { now, eventId });

describe('a name', () => {
  test.each([
    [{ name: 'Ada Lovelace' }, { name: 'Ada Lovelace', firstName: 'Ada', lastName: 'Lovelace' }],
    [
      { name: '  Ada\t King \n Lovelace ' },
      { name: 'Ada King Lovelace', firstName: 'Ada', lastName: 'King Lovelace' },
    ],
    [{ name: 'Cher' }, { name: 'Cher', firstName: 'Cher', lastName: '' }],
    [
      { first_name: 'Ada King', last_name: 'Lovelace' },
      { name: 'Ada King Lovelace', firstName: 'Ada King', lastName: 'Lovelace' },
    ],
    [
      { first_name: 'Cher', last_name: '' },
      { name: 'Cher', firstName: 'Cher', lastName: '' },
    ],
    [
      { name: 'Ada King Lovelace', first_name: 'Ada King', last_name: 'Lovelace' },
      { name: 'Ada King Lovelace', firstName: 'Ada King', lastName: 'Lovelace' },
    ],
    [{ name: 'Zoe\u0308' }, { name: 'Zoë', firstName: 'Zoë', lastName: '' }],
  ])('given as %j is kept whole and in two parts', (fields, expected) => {
    const { account } = register(id, { email: 'a@example.org', ...fields }, { now, eventId });
    expect(account).toMatchObject(expected);
  });

  test('is always its parts, whatever is given in whatever order', () => {
    const word = fc.stringMatching(/^[a-z]{1,5}( {1,2}[a-z]{1,5})?$/);
    const fields = fc.oneof(
      fc.record({ name: word }),
      fc.record({ first_name: word, last_name: fc.option(word, { nil: '' }) }),
      fc.record({ first_name: word }),
      fc.record({ last_name: word }),
    );
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 6 }), (changes) => {
        let account = ada;
        for (const change of changes) {
          account = update(account, change, { now, eventId })?.account ?? account;
          expect(account.name).toBe(`${account.firstName} ${account.lastName}`.trim());
          expect(
            update(account, { name: account.name, email: account.email }, { now, eventId })?.account.name ??
              account.name,
          ).toBe(account.name);
        }
      }),
    );
  });

  test('that contradicts its parts is refused', () => {
    const fields = { name: 'Ada Lovelace', first_name: 'Grace' };
    expect(() => update(ada, fields, { now, eventId })).toThrow(
      expect.objectContaining({ statusCode: 400, code: 'invalid_request' }),
    );
  });
});

test('an e-mail is trimmed, normalised to NFC, and keeps its case', () => {
  const { account } = register(id, { email: ' Zoe\u0308@Example.org ', name: 'Z' }, { now, eventId });
  expect(account.email).toBe('Zoë@Example.org');
});

test('every change moves the version by one and the time of the change', () => {
  const change = update(ada, { email: 'countess@example.org' }, { now: later, eventId });
  expect(change?.account).toEqual({ ...ada, email: 'countess@example.org', version: 2, updatedAt: later });
  const cart = [{ product_id: tea, quantity: 1 }];
  expect(replaceCart(ada, cart, { now: later, eventId })?.account).toEqual({
    ...ada,
    cart,
    version: 2,
    updatedAt: later,
  });
});

test('what changes nothing is no change, but for a new password', () => {
  const same = { email: ada.email, name: ada.name, last_name: ada.lastName };
  expect(update(ada, same, { now: later, eventId })).toBeUndefined();
  expect(replaceCart(ada, [], { now: later, eventId })).toBeUndefined();
  expect(update(ada, { ...same, passwordIsNew: true }, { now: later, eventId })?.account.version).toBe(2);
});

test('no event holds anything personal', () => {
  const cart = [{ product_id: tea, quantity: 1 }];
  const person: Account = {
    ...ada,
    name: 'secret',
    firstName: 'secret',
    lastName: 'secret',
    email: 'secret',
  };
  const events = [
    register(id, { email: 'secret', name: 'secret' }, { now, eventId }).event,
    update(person, { email: 'secret2' }, { now, eventId })?.event,
    replaceCart(person, cart, { now, eventId })?.event,
    close(person, { now, eventId }),
  ];
  expect(JSON.stringify(events)).not.toContain('secret');
  expect(events.map((event) => event?.type)).toEqual([
    'user.registered.v1',
    'user.updated.v1',
    'user.cart_updated.v1',
    'user.deleted.v1',
  ]);
});

test('a cart that the contract of the events refuses is not published', () => {
  const cart = [{ product_id: 'tea', quantity: 0 }];
  expect(() => replaceCart(ada, cart, { now, eventId })).toThrow(DecodeError);
});

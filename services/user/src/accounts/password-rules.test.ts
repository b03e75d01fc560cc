import { describe, expect, test } from 'vitest';
import { passwordFaults } from './password-rules.ts';

const context = { email: 'ada.lovelace@example.org', shopName: 'Souk' };
const faultsOf = (password: string) => passwordFaults(password, context).map(({ message }) => message);

describe('a password', () => {
  test.each(['password1', 'PassWord1', '1234567890', 'qwertyuiop', 'ｐａｓｓｗｏｒｄ１'])(
    '%s is used too often',
    (password) => {
      expect(faultsOf(password)).toEqual(['is one of the passwords that are used most']);
    },
  );

  test.each(['ada.lovelace@example.org', 'ADA-LOVELACE-1815', 'adalovelace'])(
    '%s is the e-mail',
    (password) => {
      expect(faultsOf(password)).toEqual(['must not be the e-mail']);
    },
  );

  test.each(['souk2026!', 'S-O-U-K-1'])('%s is the name of the shop', (password) => {
    expect(faultsOf(password)).toEqual(['must not be the name of the shop']);
  });

  test('hears of everything that is wrong with it', () => {
    const errors = passwordFaults('password', { email: 'password@example.org', shopName: 'Password' });
    expect(errors.map(({ field }) => field)).toEqual(['password', 'password', 'password']);
  });

  test.each([
    'correct horse battery',
    'aaaaaaaa9zq',
    'ada lovelace likes looms',
    '2839 4410 9921',
    '🦊🦊🦊🦊🦊🦊🦊🦊',
  ])('%s is taken: there are no other rules', (password) => {
    expect(faultsOf(password)).toEqual([]);
  });

  test('without a single letter is compared with no name', () => {
    expect(passwordFaults('28394410', { email: '1234@example.org', shopName: '24/7' })).toEqual([]);
  });
});

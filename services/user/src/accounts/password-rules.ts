import { readFileSync } from 'node:fs';
import type { FieldError } from '@souk/service-kit/problem.ts';

/** Of what a password must not be made. */
export interface PasswordContext {
  email: string;
  shopName: string;
}

/** Of the 19,640 most used, in lower case, those that are long enough: see common-passwords.license.txt. */
const common = new Set(
  readFileSync(new URL('common-passwords.txt', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n'),
);

/**
 * What is wrong with a password besides its length: nothing else is asked of it, since other rules make people choose
 * what is easier to guess (NIST SP 800-63B, 3.1.1.2).
 */
export const passwordFaults = (password: string, { email, shopName }: PasswordContext): FieldError[] => {
  const text = password.normalize('NFKC').toLowerCase();
  const isNothingBut = (word: string) => word !== '' && lettersOf(text) === word;
  const [localPart = ''] = email.split('@');
  return [
    ...(common.has(text) ? ['is one of the passwords that are used most'] : []),
    ...([email, localPart].map(lettersOf).some(isNothingBut) ? ['must not be the e-mail'] : []),
    ...(isNothingBut(lettersOf(shopName)) ? ['must not be the name of the shop'] : []),
  ].map((message) => ({ field: 'password', message }));
};

/** Digits and signs around a word make it no better. */
const lettersOf = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}]/gu, '');

import { expect, test } from 'vitest';
import { isSigned, signatureOf } from './signature.ts';

const body = Buffer.from('{"id":"1"}');
const at = Date.parse('2026-03-01T10:00:00Z');
const signed = signatureOf('secret', body, at);

test('takes what the owner of the secret signed', () => {
  expect(isSigned('secret', signed, body, at + 299_000)).toBe(true);
});

test.each([
  ['by another secret', 'other', signed, body, at],
  ['of another body', 'secret', signed, Buffer.from('{"id":"2"}'), at],
  ['of another time', 'secret', signed.replace(/t=(\d+)/, (_, t) => `t=${Number(t) + 1}`), body, at],
  ['too old', 'secret', signed, body, at + 302_000],
  ['from the future', 'secret', signed, body, at - 302_000],
  ['that is none', 'secret', 'nonsense', body, at],
])('refuses a signature %s', (_what, secret, signature, bytes, now) => {
  expect(isSigned(secret, signature, bytes, now)).toBe(false);
});

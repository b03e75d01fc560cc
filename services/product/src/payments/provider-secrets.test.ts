import { expect, test } from 'vitest';
import { readProviderSecrets } from './provider-secrets.ts';

test('reads the secrets of providers', () => {
  expect([...readProviderSecrets('', '0.0.0.0')]).toEqual([]);
  expect([...readProviderSecrets('test=laptop-only, bank=0123456789=', '127.0.0.1')]).toEqual([
    ['test', 'laptop-only'],
    ['bank', '0123456789='],
  ]);
});

test.each(['test', 'test=short', 'Test=0123456789'])('refuses %s without repeating it', (text) => {
  expect(() => readProviderSecrets(text, '127.0.0.1')).toThrow();
});

test('refuses the secret that everybody knows where others reach the service', () => {
  expect(() => readProviderSecrets('test=laptop-only', '0.0.0.0')).toThrow();
});

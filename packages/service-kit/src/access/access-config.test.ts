import { expect, test } from 'vitest';
import { isConfigError } from '../config/config-error.ts';
import { allowedHosts, checkAccessConfig } from './access-config.ts';

const safe = {
  HOST: '127.0.0.1',
  AUTH_MODE: 'open' as const,
  DATABASE_URL: 'postgres://role:laptop-only@db/souk',
};
const everywhere = { ...safe, HOST: '0.0.0.0' };
const own = { DATABASE_URL: 'postgres://role:its-own@db/souk' };

const namesOf = (config: Parameters<typeof checkAccessConfig>[0]): string[] => {
  try {
    checkAccessConfig(config);
    return [];
  } catch (error) {
    if (!isConfigError(error)) throw error;
    return error.problems.map((line) => line.split(' ', 1)[0] as string);
  }
};

test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1', '[::1]'])('is open at %s', (HOST) => {
  expect(namesOf({ ...safe, HOST })).toEqual([]);
});

test.each(['0.0.0.0', '::', '192.168.1.7', 'shop.example.org'])('is not open at %s', (HOST) => {
  expect(namesOf({ ...safe, ...own, HOST })).toEqual(['AUTH_MODE']);
  expect(namesOf({ ...safe, ...own, HOST, AUTH_MODE: 'required', AUTH_JWKS_FILE: '/keys' })).toEqual([]);
});

test('is not reached from elsewhere with the password that everybody knows', () => {
  const required = { ...everywhere, AUTH_MODE: 'required', AUTH_JWKS_FILE: '/keys' } as const;
  expect(namesOf(required)).toEqual(['DATABASE_URL']);
  expect(namesOf({ ...everywhere })).toEqual(['AUTH_MODE', 'DATABASE_URL']);
});

test('goes by the address where the port of its container is published', () => {
  expect(namesOf({ ...everywhere, PUBLISHED_ADDRESS: '127.0.0.1' })).toEqual([]);
  expect(namesOf({ ...safe, ...own, PUBLISHED_ADDRESS: '0.0.0.0' })).toEqual(['AUTH_MODE']);
});

test('is no more open at the port of the operators than at its own', () => {
  const elsewhere = { ...safe, OPERATOR_HOST: '0.0.0.0' };
  expect(namesOf({ ...elsewhere, OPERATOR_PORT: 9464 })).toEqual(['AUTH_MODE', 'DATABASE_URL']);
  expect(namesOf({ ...elsewhere, OPERATOR_PORT: 9464, PUBLISHED_ADDRESS: '127.0.0.1' })).toEqual([]);
  expect(namesOf(elsewhere)).toEqual([]);
});

test('needs keys to verify by where tokens are required', () => {
  expect(namesOf({ ...safe, AUTH_MODE: 'required' })).toEqual(['AUTH_JWKS_FILE']);
});

test('has names of its own on the loopback, where a web page could give it another; any elsewhere', () => {
  const everywhere = '0.0.0.0';
  expect(allowedHosts({ HOST: '127.0.0.1' })).toEqual([]);
  expect(allowedHosts({ HOST: everywhere, PUBLISHED_ADDRESS: '127.0.0.1' })).toEqual([]);
  expect(allowedHosts({ HOST: everywhere })).toBe(undefined);
  expect(allowedHosts({ HOST: everywhere, ALLOWED_HOSTS: 'a.org, b.org' })).toEqual(['a.org', 'b.org']);
});

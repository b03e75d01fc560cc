import { expect, test } from 'vitest';
import { testHttp } from '../testing/test-http.ts';
import { clientAddress } from './client-address.ts';

/** What a service that trusts these proxies takes for the client of a request. */
const addressOf = async (remoteAddress: string, forwardedFor?: string, trustProxy?: string) => {
  const http = await testHttp({
    trustProxy,
  });
  http.get('/address', { config: { access: 'anyone' }, schema: { hide: true } }, async (request) => ({
    address: clientAddress(request),
  }));
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  const answer = await http.inject({ url: '/address', remoteAddress, headers });
  await http.close();
  return answer.json().address as string;
};

const proxy = '10.0.0.7';

test('takes the address of the connection, whatever a client says of itself', async () => {
  expect(await addressOf('192.0.2.1')).toBe('192.0.2.1');
  expect(await addressOf('192.0.2.1', '198.51.100.9')).toBe('192.0.2.1');
  expect(await addressOf('192.0.2.1', '198.51.100.9', '10.0.0.0/8')).toBe('192.0.2.1');
});

test('takes the address that a trusted proxy names, not what its client wrote before', async () => {
  expect(await addressOf(proxy, '198.51.100.9', '10.0.0.0/8')).toBe('198.51.100.9');
  expect(await addressOf(proxy, '203.0.113.5, 198.51.100.9', '10.0.0.0/8')).toBe('198.51.100.9');
  expect(await addressOf(proxy, '198.51.100.9, 10.0.0.8', '10.0.0.0/8')).toBe('198.51.100.9');
  expect(await addressOf('::ffff:10.0.0.7', '198.51.100.9', '10.0.0.7, 2001:db8::/32')).toBe('198.51.100.9');
});

test.each([
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['198.51.100.9:4711', '198.51.100.9'],
  ['[2001:db8:1:2::9]:4711', '2001:db8:1:2::/64'],
])('tells %s apart as %s', async (forwarded, address) => {
  expect(await addressOf(proxy, forwarded, proxy)).toBe(address);
});

test('counts what a proxy names and is no address as the proxy itself', async () => {
  expect(await addressOf(proxy, 'unknown', proxy)).toBe(proxy);
});

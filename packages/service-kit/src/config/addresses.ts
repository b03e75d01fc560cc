import { isIP } from 'node:net';

/**
 * Whether the text is a URL of one of the schemes, with one host, and parts that can be decoded. Its port, where it
 * has one, is from 1 to 65535. Clients of servers take less than this for an address, and then use half of it.
 */
export const isServerUrl = (text: string, schemes: readonly string[]): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, port, username, password, pathname } = new URL(text);
  return (
    schemes.includes(protocol.slice(0, -1)) &&
    isHost(hostname) &&
    port !== '0' &&
    [username, password, pathname].every(isDecodable)
  );
};

/** Whether the text is a list such as `kafka-1:9092,kafka-2:9092`: every broker with its port. */
export const isBrokerList = (text: string): boolean => text.split(',').every(isHostAndPort);

/** The parts of a list with commas. */
export const listOf = (text = ''): string[] =>
  text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));

/** Whether the text is a list of addresses and networks, such as `10.0.0.0/8,2001:db8::1`. */
export const isNetworkList = (text: string): boolean => listOf(text).every(isNetwork);

const isNetwork = (text: string): boolean => {
  const [, address = '', prefix = '0'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const kind = isIP(address);
  return kind !== 0 && !address.includes('%') && Number(prefix) <= (kind === 4 ? 32 : 128);
};

/** Whether the text is a list of host names without ports, such as `shop.example.org,souk.test`. */
export const isHostList = (text: string): boolean => listOf(text).every(isHost);

/** Whether the text is a list of origins as browsers write them, such as `https://shop.example.org`. */
export const isOriginList = (text: string): boolean => listOf(text).every(isOrigin);

const isOrigin = (text: string): boolean =>
  isServerUrl(text, ['http', 'https']) && new URL(text).origin === text;

const isHostAndPort = (text: string): boolean => {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  return isHost(host) && Number(port) >= 1 && Number(port) <= 65_535;
};

/** A name, an IPv4 address, or an IPv6 address in brackets. */
const isHost = (text: string): boolean => /^([\w.-]+|\[[\da-f:.]+\])$/i.test(text);

const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

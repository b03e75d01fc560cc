import { isIP, isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

/**
 * What the client of a request is told apart by: its IPv4 address, or the /64 of its IPv6 address, since whoever has
 * one address there has all of these. Behind a proxy of TRUST_PROXY it is the client that this proxy names.
 */
export const clientAddress = ({ ip, socket }: FastifyRequest): string =>
  networkOf(ip) ?? networkOf(socket.remoteAddress) ?? 'unknown';

const networkOf = (text = ''): string | undefined => {
  // A socket that takes both kinds shows IPv4 addresses so.
  const short = text.startsWith('::ffff:') ? text.slice('::ffff:'.length) : text;
  if (isIPv4(short)) return short;
  const address = withoutPort(text);
  if (isIP(address) === 0) return undefined;
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  const prefix = parsed.parts.slice(0, 4).map((part) => part.toString(16));
  return `${prefix.join(':')}::/64`;
};

/** Some proxies write the client's port as well. */
const withoutPort = (text: string): string =>
  /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;

import { isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { clientAddress } from '../http/client-address.ts';
import type { Actor } from './actor.ts';

/** Who sends a request. */
export const actorOf = (request: FastifyRequest): Actor => ({
  subject: request.caller?.subject ?? 'anyone',
  action: request.route.schema?.operationId ?? `${request.method} ${request.route.url}`,
  network: networkOf(clientAddress(request)),
});

const networkOf = (address: string): string =>
  isIPv4(address) ? address.replace(/\d+$/, '0/24') : address.replace(/^([^:]*:[^:]*:[^:]*):.*$/, '$1::/48');

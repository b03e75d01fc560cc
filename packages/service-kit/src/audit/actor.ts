import { AsyncLocalStorage } from 'node:async_hooks';
import { isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { clientAddress } from '../http/client-address.ts';

/** Who does what, from where. */
export interface Actor {
  /** The subject of the token; `anyone` without one. */
  subject: string;
  /** The operationId of the route. */
  action: string;
  /** The /24 of an IPv4 address, the /48 of an IPv6 one: an address itself may be a person's. */
  network: string;
}

const actors = new AsyncLocalStorage<Actor>();

/** Whose request is being answered, below `actAs`. */
export const currentActor = (): Actor | undefined => actors.getStore();

export const actAs = <T>(actor: Actor, work: () => T): T => actors.run(actor, work);

export const actorOf = (request: FastifyRequest): Actor => ({
  subject: request.caller?.subject ?? 'anyone',
  action: request.routeOptions.schema?.operationId ?? `${request.method} ${request.routeOptions.url}`,
  network: networkOf(clientAddress(request)),
});

const networkOf = (address: string): string =>
  isIPv4(address) ? address.replace(/\d+$/, '0/24') : address.replace(/^([^:]*:[^:]*:[^:]*):.*$/, '$1::/48');

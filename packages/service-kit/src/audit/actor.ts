import { AsyncLocalStorage } from 'node:async_hooks';

/** Who does what, from where. */
export interface Actor {
  /** The subject of the token; `anyone` without one; the name of what acts by itself. */
  subject: string;
  /** The operationId of the route, or the name of what no request asks for. */
  action: string;
  /** The /24 of an IPv4 address, the /48 of an IPv6 one: an address itself may be a person's. Empty without a request. */
  network: string;
}

const actors = new AsyncLocalStorage<Actor>();

/** Who acts, below `actAs`. */
export const currentActor = (): Actor | undefined => actors.getStore();

export const actAs = <T>(actor: Actor, work: () => T): T => actors.run(actor, work);

import { orders } from './orders.ts';
import { productUpdates } from './product-updates.ts';
import { userUpdates } from './user-updates.ts';

/** Every service, in the order of the ports. Whatever else names them derives from this list, or is compared with it. */
const list = {
  user: { port: 8080, role: 'user_service', publishes: userUpdates.name, consumes: [productUpdates.name] },
  product: {
    port: 8081,
    role: 'product_service',
    publishes: productUpdates.name,
    consumes: [orders.name, userUpdates.name],
  },
  recommendation: {
    port: 8082,
    role: 'recommendation_service',
    consumes: [userUpdates.name, productUpdates.name],
  },
  analytics: { port: 8083, role: 'analytics_service', consumes: [userUpdates.name, productUpdates.name] },
} as const;

export type ServiceName = keyof typeof list;
export type ServiceRole = (typeof list)[ServiceName]['role'];

interface Service {
  /** Where it listens unless told otherwise. */
  readonly port: number;
  /** Its Postgres role; the schema that this role owns has the same name. */
  readonly role: ServiceRole;
  /** The topic of events that it alone writes; besides, user writes `session-updates`. */
  readonly publishes?: string;
  /** The topics that it reads, as the consumer group of its own name. */
  readonly consumes: readonly string[];
}

export const services: Readonly<Record<ServiceName, Service>> = list;
export const serviceNames = Object.keys(services) as ServiceName[];
/** The role that owns a service's schema and changes it; the service's own reads and writes rows. */
export type OwnerRole = `${ServiceRole}_owner`;
export const ownerRole = (name: ServiceName): OwnerRole => `${services[name].role}_owner`;

export const serviceRoles: readonly ServiceRole[] = serviceNames.map((name) => services[name].role);

/** Where a service of a mesh listens whose user service has the port `portBase`. */
export const servicePort = (name: ServiceName, portBase: number): number =>
  portBase + services[name].port - services.user.port;

/** Where the console listens unless told otherwise: after the services, which it is none of. */
export const consolePort = 8084;

/** Where the console of a mesh listens whose user service has the port `portBase`. */
export const consolePortOf = (portBase: number): number => portBase + consolePort - services.user.port;

/** How many ports a mesh takes, from its port base on. */
export const servicePortSpan =
  1 + Math.max(consolePort, ...serviceNames.map((name) => services[name].port)) - services.user.port;

export const isServiceName = (text: string): text is ServiceName => Object.hasOwn(services, text);

/** The consumer groups that read a topic. */
export const consumersOf = (topic: string): ServiceName[] =>
  serviceNames.filter((name) => services[name].consumes.includes(topic));

import type { ServiceRole } from '@souk/embedded/postgres-database.ts';

export const serviceNames = ['user', 'product', 'recommendation', 'analytics'] as const;

export type ServiceName = (typeof serviceNames)[number];

/** A service's port is the base (8080) plus its place in the list. */
export const servicePort = (name: ServiceName, portBase: number): number =>
  portBase + serviceNames.indexOf(name);

/** Its Postgres role, which is also the name of its schema. */
export const serviceRole = (name: ServiceName): ServiceRole => `${name}_service`;

import type { RouteOptions } from 'fastify';
import { isOperational } from '../http/operational-routes.ts';

/** What an overloaded service refuses, in this order. */
export const requestClasses = ['batch', 'analytics', 'lists', 'writes'] as const;
export type RequestClass = (typeof requestClasses)[number];

/** What uses the connections for writes, and fills the outbox. */
export const writingClasses: ReadonlySet<RequestClass> = new Set(['batch', 'writes']);

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What an overloaded service takes the route for. By what it declares, unless it says so itself. */
    requestClass?: RequestClass;
  }
}

type Declared = Pick<RouteOptions, 'method' | 'url' | 'schema' | 'config'>;

/** The class of a route, by what it declares; undefined for what is never refused: operators' routes, single reads. */
export const requestClassOf = ({ method, url, schema, config }: Declared): RequestClass | undefined => {
  if (config?.requestClass) return config.requestClass;
  const scope = typeof config?.access === 'object' ? config.access.scope : undefined;
  if (isOperational(url) || scope === 'ops:read') return undefined;
  if (Object.hasOwn(schema?.response ?? {}, 207)) return 'batch';
  if (scope === 'analytics:read') return 'analytics';
  if (method !== 'GET' && method !== 'HEAD') return 'writes';
  const { properties = {} } = (schema?.querystring ?? {}) as { properties?: object };
  return 'limit' in properties ? 'lists' : undefined;
};

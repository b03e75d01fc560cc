import type { Role, Scope } from '@souk/contracts/access.ts';
import type { RouteOptions } from 'fastify';
import type { Http } from '../http/http.ts';
import type { ProblemError } from '../problem.ts';

/** Who may call a route. */
export type Access = 'anyone' | AccessRule;

export interface AccessRule {
  /** Who has one of these may, whatever the request is about. */
  roles: readonly Exclude<Role, 'customer'>[];
  /** So may a machine with this scope. */
  scope?: Scope;
  /** A customer may, too, about what is their own. */
  own?: Own;
  /** Without this field in its query the request is about nobody: anyone may. */
  anyoneWithout?: string;
}

export interface Own {
  /** Where the request says whose it is; `entity` when the handler has to look, and calls `requireOwn` then. */
  by: `${'params' | 'query' | 'body'}.${string}` | 'entity';
  /** What a request about somebody else's is answered: the same as when there is no such thing. */
  notFound: () => ProblemError;
}

/** `open`: a request without a token is the local operator's. */
export type AccessMode = 'open' | 'required';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route. Every route says it, or the service does not start. */
    access?: Access;
  }
}

/** Running the service: probes apart, these tell about its inside. */
export const operators: AccessRule = { roles: ['admin'], scope: 'ops:read' };

/** Refuses a route that does not say who may call it, and documents what the others say. Goes before the routes. */
export const declareAccess = (http: Http, mode: AccessMode): void => {
  http.addHook('onRoute', (route) => {
    // The pages of the plugin cannot say it themselves.
    if (/^\/docs(\/|$)/.test(route.url)) route.config = { ...route.config, access: operators };
    const access = route.config?.access;
    if (!access)
      throw new Error(`${route.method} ${route.url}: a route needs config.access: who may call it`);
    document(route, access, mode);
  });
};

const document = (route: RouteOptions, access: Access, mode: AccessMode): void => {
  const { schema } = route;
  if (!schema || schema.hide) return;
  route.schema = {
    ...schema,
    security: securityOf(access, mode),
    ...{ 'x-souk-access': documented(access) },
  };
};

/** The empty one is a request without a token. */
const securityOf = (access: Access, mode: AccessMode): Record<string, string[]>[] => {
  if (access === 'anyone') return [];
  return [...(mode === 'open' || access.anyoneWithout ? [{}] : []), { accessToken: [] }];
};

const documented = (access: Access): object => {
  if (access === 'anyone') return { anyone: true };
  const { roles, scope, own, anyoneWithout } = access;
  return {
    roles,
    ...(scope ? { scope } : {}),
    ...(own ? { customer: `own, by ${own.by}` } : {}),
    ...(anyoneWithout ? { anyone: `without ${anyoneWithout}` } : {}),
  };
};

import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Http } from './http.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Further paths of the route. They are named in its documentation, where they are no operations of their own. */
    alsoAt?: readonly string[];
  }
}

/** Lets a route of `http` have further paths: `config: { alsoAt: ['/users'] }`. */
export const serveAlsoAt = (http: Http): void => {
  http.addHook('onRoute', function (route) {
    const { alsoAt, ...config } = route.config ?? {};
    if (!alsoAt || route.method === 'HEAD') return;
    for (const url of alsoAt) addHidden(this, { ...route, url, path: url, config });
    const { description } = route.schema ?? {};
    const also = `Also at ${alsoAt.map((url) => `\`${url.replace(/:(\w+)/g, '{$1}')}\``).join(' and ')}.`;
    route.schema = { ...route.schema, description: description ? `${description} ${also}` : also };
  });
};

const addHidden = (scope: FastifyInstance, route: RouteOptions & { path: string }): void => {
  scope.route({ ...route, schema: { ...route.schema, hide: true } });
};

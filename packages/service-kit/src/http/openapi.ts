import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { Type } from '@souk/contracts/typebox.ts';
import type { RouteOptions } from 'fastify';
import { type Access, operators } from '../access/access.ts';
import { STATUS_CODES } from '../node-http.ts';
import { problems } from '../problem.ts';
import { documented } from './documented.ts';
import type { Http } from './http.ts';
import { isOperational } from './operational-routes.ts';

/** OpenAPI 3.1 at /openapi.json and a Swagger UI at /docs that loads nothing from elsewhere. `triesOut`: it can send requests. */
export const serveOpenApi = async (
  http: Http,
  { triesOut, ...info }: { title: string; version: string; description: string; triesOut: boolean },
): Promise<void> => {
  http.addHook('onRoute', requireNames());
  http.addHook('onRoute', documentProblems);
  await http.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { ...info, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/', description: 'this service' }],
      components: { securitySchemes: { accessToken } },
    },
    convertConstToEnum: false,
    transform: ({ schema, url }) => ({ schema: documented(schema), url }),
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) => String(schema.$id ?? `def-${index}`),
    },
  });
  await http.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { deepLinking: true, ...(triesOut ? {} : { supportedSubmitMethods: [] }) },
    staticCSP: contentSecurityPolicy,
  });
  let document: string | undefined;
  http.get(
    '/openapi.json',
    { config: { access: operators }, schema: { hide: true } },
    async (_request, reply) => {
      document ??= JSON.stringify(http.swagger());
      return reply.type('application/json; charset=utf-8').send(document);
    },
  );
};

/** Of the pages under /docs, which load nothing from elsewhere. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  // Swagger UI writes one style element.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const accessToken = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: 'An access token (RFC 9068). `x-souk-access` of a route says whose are taken.',
} as const;

/** Refuses a documented route without what clients are generated from: an id of its own, a tag, a summary. */
const requireNames = () => {
  const taken = new Set<string>();
  return ({ method, url, schema = {} }: RouteOptions): void => {
    if (schema.hide || method === 'HEAD') return;
    const { operationId, tags, summary } = schema;
    if (!operationId || !tags?.length || !summary)
      throw new Error(`${method} ${url}: a route needs operationId, tags and summary, or hide`);
    if (taken.has(operationId)) throw new Error(`${method} ${url}: another route is ${operationId}`);
    taken.add(operationId);
  };
};

const limited = {
  429: {
    ...problems(429)[429],
    headers: Type.Object({
      'Retry-After': Type.String({ description: 'seconds' }),
      RateLimit: Type.String({
        description: 'what is left: `"read";r=0;t=10`; with every answer, where limits are on',
      }),
      'RateLimit-Policy': Type.String({ description: 'the limit: `"read";q=500;w=10`' }),
    }).properties,
  },
};

const problemsOfAccess = (access: Access | undefined) =>
  access === undefined || access === 'anyone'
    ? {}
    : { ...problems(401, 403), ...(access.own ? problems(404) : {}) };

/** What any route can answer, added to what the route says itself. Runs before the swagger plugin looks. */
const documentProblems = (route: RouteOptions): void => {
  if (!route.schema || route.schema.hide) return;
  const { body, params, querystring, headers } = route.schema;
  const response = Object.entries(route.schema.response ?? {}).map(([status, schema]) => [
    status,
    // Text for a status whose schema has no description of its own; the plugin takes the keyword out again.
    { 'x-response-description': STATUS_CODES[status], ...schema },
  ]);
  const common = {
    ...(body || params || querystring || headers ? problems(400) : {}),
    ...(body ? problems(413, 415) : {}),
    ...(params ? problems(414) : {}),
    ...problems(500, 503),
  };
  route.schema = {
    ...route.schema,
    response: {
      ...(isOperational(route.url) ? {} : common),
      ...problemsOfAccess(route.config?.access),
      ...problems(421, 431),
      ...Object.fromEntries(response),
      ...(isOperational(route.url) ? {} : limited),
    },
  };
};

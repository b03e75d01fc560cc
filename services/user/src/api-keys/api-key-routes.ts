import { scopes } from '@souk/contracts/access.ts';
import { type Static, Type } from '@souk/contracts/typebox.ts';
import { decodeCursor } from '@souk/service-kit/http/cursor.ts';
import { IdParams, time, uuid } from '@souk/service-kit/http/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { cursorFields, cursorList, cutPage } from '@souk/service-kit/http/paging.ts';
import { problems } from '@souk/service-kit/problem.ts';
import type { ApiKey } from './api-key-repository.ts';
import type { ApiKeys } from './api-keys.ts';

const tags = ['api-keys'];
const path = '/api/v1/api-keys';
const config = { access: { roles: ['admin'] } } as const;
const Position = Type.Tuple([uuid()]);
const daysMax = 365;
const daysUsual = 90;

const Scopes = Type.Array(Type.Enum([...scopes]), { minItems: 1, maxItems: scopes.length });

const NewKey = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, description: 'what the key is for' }),
    scopes: Scopes,
    expires_in_days: Type.Optional(
      Type.Integer({ minimum: 1, maximum: daysMax, description: `${daysUsual} unless given` }),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ name: 'warehouse', scopes: ['orders:read', 'orders:fulfil'] }],
  },
);

const keyFields = { id: uuid(), name: Type.String(), scopes: Scopes, created_at: time(), expires_at: time() };
const Key = Type.Object(keyFields);
const CreatedKey = Type.Object({
  ...keyFields,
  api_key: Type.String({ description: 'the key itself, which is shown this once' }),
});

const MachineToken = Type.Object({
  access_token: Type.String({ description: 'for Authorization: Bearer' }),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ description: 'seconds until the access token expires' }),
  scope: Type.String(),
});

/** Makes, lists and revokes the keys of machines, and exchanges them for access tokens. */
export const apiKeyRoutes = (http: Http, keys: ApiKeys): void => {
  createRoute(http, keys);
  listRoute(http, keys);
  revokeRoute(http, keys);
  exchangeRoute(http, keys);
};

const createRoute = (http: Http, keys: ApiKeys): void => {
  http.post(
    path,
    {
      config: { ...config, idempotent: { secret: true } },
      schema: {
        tags,
        operationId: 'createApiKey',
        summary: 'Make a key for a machine',
        body: NewKey,
        response: { 201: CreatedKey },
      },
    },
    async ({ body: { name, scopes, expires_in_days: days = daysUsual } }, reply) => {
      const { key, text } = await keys.create({ name, scopes, days });
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...view(key), api_key: text });
    },
  );
};

const listRoute = (http: Http, keys: ApiKeys): void => {
  http.get(
    path,
    {
      config,
      schema: {
        tags,
        operationId: 'listApiKeys',
        summary: 'List the keys of machines',
        description: 'In the order in which they were made, also those that have expired.',
        querystring: Type.Object(cursorFields, { additionalProperties: false }),
        response: { 200: cursorList(Key) },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const [after] = cursor === undefined ? [] : decodeCursor(Position, cursor);
      const { items, next_cursor } = cutPage(await keys.list({ limit, after }), limit, ({ id }) => [id]);
      return { items: items.map(view), limit, next_cursor };
    },
  );
};

const revokeRoute = (http: Http, keys: ApiKeys): void => {
  http.delete(
    `${path}/:id`,
    {
      config,
      schema: {
        tags,
        operationId: 'revokeApiKey',
        summary: 'Revoke the key of a machine',
        description: 'Access tokens that it was exchanged for are revoked, too.',
        params: IdParams,
        response: { 204: Type.Null({ description: 'revoked' }), ...problems(404) },
      },
    },
    async ({ params }, reply) => {
      await keys.revoke(params.id);
      return reply.code(204).send(null);
    },
  );
};

const exchangeRoute = (http: Http, keys: ApiKeys): void => {
  http.post(
    '/api/v1/auth/token',
    {
      config: { access: 'anyone', limit: 'login' },
      schema: {
        tags: ['auth'],
        operationId: 'exchangeApiKey',
        summary: 'Exchange the key of a machine for an access token',
        body: Type.Object(
          { api_key: Type.String({ minLength: 1, maxLength: 200, writeOnly: true }) },
          { additionalProperties: false },
        ),
        response: { 200: MachineToken, ...problems(401) },
      },
    },
    async ({ body }, reply) => {
      const { accessToken, expiresInSeconds, scopes } = await keys.exchange(body.api_key);
      return reply.header('cache-control', 'no-store').send({
        access_token: accessToken,
        token_type: 'Bearer',
        expires_in: expiresInSeconds,
        scope: scopes.join(' '),
      });
    },
  );
};

const view = ({ id, name, scopes, createdAt, expiresAt }: ApiKey): Static<typeof Key> => ({
  id,
  name,
  scopes,
  created_at: createdAt.toISOString(),
  expires_at: expiresAt.toISOString(),
});

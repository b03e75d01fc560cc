import type { ServerResponse } from 'node:http';
import { etag, expectedVersion, IfMatchHeader, versionMismatch } from '@souk/service-kit/http/etag.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { cutPage, cutTotal, pageStart, pagingFields, totalFields } from '@souk/service-kit/http/paging.ts';
import { problem, problems } from '@souk/service-kit/problem.ts';
import Type from 'typebox';
import { v7 as uuidv7 } from 'uuid';
import { Identifier } from '../identifier.ts';
import { type Account, close, normalEmail, register, replaceCart, update, userNotFound } from './account.ts';
import type { accountRepository } from './account-repository.ts';
import { Cart, emailLengthMax, Registration, Update, User, view } from './account-schemas.ts';
import { readCart } from './cart.ts';
import type { HashPassword } from './password.ts';

const tags = ['users'];
const Params = Type.Object({ id: Identifier() });
const Position = Type.Tuple([Identifier()]);

const Users = Type.Object({
  items: Type.Array(User),
  page: Type.Union([Type.Integer(), Type.Null()], { description: 'null when the list goes on by cursor' }),
  limit: Type.Integer(),
  ...totalFields,
  next_cursor: Type.Union([Type.String(), Type.Null()], { description: 'null on the last page' }),
});

interface Parts {
  accounts: ReturnType<typeof accountRepository>;
  hashPassword: HashPassword;
}

/** Registers, reads, changes and deletes users and their carts. All but the cart's have a second, shorter path. */
export const accountRoutes = (http: Http, parts: Parts): void => {
  registerRoute(http, parts);
  listRoute(http, parts);
  readRoute(http, parts);
  updateRoute(http, parts);
  deleteRoute(http, parts);
  cartRoute(http, parts);
};

const registerRoute = (http: Http, { accounts, hashPassword }: Parts): void => {
  http.post(
    '/api/v1/users',
    {
      config: { alsoAt: ['/users', '/users/register'] },
      schema: {
        tags,
        operationId: 'registerUser',
        summary: 'Register a user',
        description: 'The name comes whole or in two parts.',
        body: Registration,
        response: { 201: User, ...problems(409) },
      },
    },
    async ({ body: { password, ...fields } }, reply) => {
      const change = register(uuidv7(), fields, changeMeta());
      const passwordHash =
        password === undefined ? undefined : await hashPassword(password, clientGone(reply));
      await accounts.insert(change, passwordHash);
      const { id, version } = change.account;
      return reply
        .code(201)
        .headers({ location: `/api/v1/users/${id}`, etag: etag(version) })
        .send(view(change.account));
    },
  );
};

const listRoute = (http: Http, { accounts }: Parts): void => {
  http.get(
    '/api/v1/users',
    {
      config: { alsoAt: ['/users'] },
      schema: {
        tags,
        operationId: 'listUsers',
        summary: 'List users',
        description: 'In the order of their registration.',
        querystring: Type.Object(
          {
            ...pagingFields,
            email: Type.Optional(
              Type.String({ maxLength: emailLengthMax, description: 'only the user with this e-mail' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: Users },
      },
    },
    async ({ query }) => {
      const { limit, after, offset, page = null } = pageStart(query, Position);
      const email = query.email === undefined ? undefined : normalEmail(query.email);
      const { rows, count } = await accounts.list({ email, limit, after: after?.[0], offset });
      const { items, next_cursor } = cutPage(rows, limit, ({ id }) => [id]);
      return { items: items.map(view), page, limit, ...cutTotal(count), next_cursor };
    },
  );
};

const readRoute = (http: Http, { accounts }: Parts): void => {
  http.get(
    '/api/v1/users/:id',
    {
      config: { alsoAt: ['/users/:id'] },
      schema: {
        tags,
        operationId: 'getUser',
        summary: 'Read a user',
        params: Params,
        response: { 200: User, ...problems(404) },
      },
    },
    async ({ params }, reply) => {
      const account = await accounts.find(params.id);
      if (!account) throw userNotFound();
      return reply.header('etag', etag(account.version)).send(view(account));
    },
  );
};

const updateRoute = (http: Http, { accounts, hashPassword }: Parts): void => {
  http.put(
    '/api/v1/users/:id',
    {
      config: { alsoAt: ['/users/:id'] },
      schema: {
        tags,
        operationId: 'updateUser',
        summary: 'Update the given fields of a user',
        description: 'What changes nothing keeps the version.',
        params: Params,
        headers: IfMatchHeader,
        body: Update,
        response: { 200: User, ...problems(404, 409, 412) },
      },
    },
    async ({ params, headers, body: { password, ...fields } }, reply) => {
      const expected = expectedVersion(headers['if-match']);
      const passwordHash =
        password === undefined ? undefined : await hashPassword(password, clientGone(reply));
      const given = { ...fields, passwordIsNew: passwordHash !== undefined };
      const account = await accounts.change(
        params.id,
        (before) => update(matching(before, expected), given, changeMeta()),
        passwordHash,
      );
      return reply.header('etag', etag(account.version)).send(view(account));
    },
  );
};

const deleteRoute = (http: Http, { accounts }: Parts): void => {
  http.delete(
    '/api/v1/users/:id',
    {
      config: { alsoAt: ['/users/:id'] },
      schema: {
        tags,
        operationId: 'deleteUser',
        summary: 'Delete a user',
        description: 'The account and all its activity are erased, here and in every consumer.',
        params: Params,
        headers: IfMatchHeader,
        response: { 204: Type.Null({ description: 'erased' }), ...problems(404, 412) },
      },
    },
    async ({ params, headers }, reply) => {
      const expected = expectedVersion(headers['if-match']);
      await accounts.erase(params.id, (account) => close(matching(account, expected), changeMeta()));
      return reply.code(204).send(null);
    },
  );
};

const cartRoute = (http: Http, { accounts }: Parts): void => {
  http.put(
    '/api/v1/users/:id/cart',
    {
      schema: {
        tags,
        operationId: 'replaceCart',
        summary: 'Replace the cart of a user',
        params: Params,
        headers: IfMatchHeader,
        body: Cart,
        response: { 200: User, ...problems(404, 412) },
      },
    },
    async ({ params, headers, body }, reply) => {
      const expected = expectedVersion(headers['if-match']);
      const cart = readCart(body.items);
      const account = await accounts.change(params.id, (before) =>
        replaceCart(matching(before, expected), cart, changeMeta()),
      );
      return reply.header('etag', etag(account.version)).send(view(account));
    },
  );
};

/** Aborted when the client has gone. (Fastify's own signal is aborted as soon as the body has been read.) */
const clientGone = ({ raw }: { raw: ServerResponse }): AbortSignal => {
  const gone = new AbortController();
  raw.once('close', () => gone.abort(problem(499, 'client_gone', 'the client has gone')));
  return gone.signal;
};

const changeMeta = () => ({ now: new Date(), eventId: uuidv7() });

/** The account, when it has the version that If-Match asks for; throws `version_mismatch` otherwise. */
const matching = (account: Account, expected: number | undefined): Account => {
  if (expected !== undefined && expected !== account.version) throw versionMismatch(account.version);
  return account;
};

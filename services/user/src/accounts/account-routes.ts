import { Type } from '@souk/contracts/typebox.ts';
import { forbidden } from '@souk/service-kit/access/access-problems.ts';
import { clientAddress } from '@souk/service-kit/http/client-address.ts';
import { etag, expectedVersion, IfMatchHeader } from '@souk/service-kit/http/etag.ts';
import { IdParams, uuid } from '@souk/service-kit/http/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { cutPage, cutTotal, pagedList, pageStart, pagingFields } from '@souk/service-kit/http/paging.ts';
import { problems } from '@souk/service-kit/problem.ts';
import { readers, userWriters } from '../access.ts';
import { clientGone } from '../client-gone.ts';
import { normalEmail, userNotFound } from './account.ts';
import { Cart, emailLengthMax, Registration, Update, User, view } from './account-schemas.ts';
import type { Accounts } from './accounts.ts';
import { readCart } from './cart.ts';
import type { ConfirmPassword } from './confirm-password.ts';

const tags = ['users'];
const Position = Type.Tuple([uuid()]);
const own = { by: 'params.id', notFound: userNotFound } as const;
const ownReaders = { ...readers, own };
const ownWriters = { ...userWriters, own };

/** Registers, reads, changes and deletes users and their carts. All but the cart's have a second, shorter path. */
export const accountRoutes = (http: Http, accounts: Accounts, confirmPassword: ConfirmPassword): void => {
  registerRoute(http, accounts);
  listRoute(http, accounts);
  readRoute(http, accounts);
  updateRoute(http, accounts, confirmPassword);
  deleteRoute(http, accounts);
  cartRoute(http, accounts);
};

const registerRoute = (http: Http, accounts: Accounts): void => {
  http.post(
    '/api/v1/users',
    {
      config: {
        access: 'anyone',
        limit: 'login',
        idempotent: { personal: 'id' },
        alsoAt: ['/users', '/users/register'],
      },
      schema: {
        tags,
        operationId: 'registerUser',
        summary: 'Register a user',
        description: 'The name comes whole or in two parts.',
        body: Registration,
        response: { 201: User, ...problems(409) },
      },
    },
    async ({ body }, reply) => {
      const account = await accounts.register(body, clientGone(reply));
      const { id, version } = account;
      return reply
        .code(201)
        .headers({ location: `/api/v1/users/${id}`, etag: etag(version) })
        .send(view(account));
    },
  );
};

const listRoute = (http: Http, accounts: Accounts): void => {
  http.get(
    '/api/v1/users',
    {
      config: { access: readers, alsoAt: ['/users'] },
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
        response: { 200: pagedList(User) },
      },
    },
    async ({ query }) => {
      const { limit, after, offset, page = null } = pageStart(query, Position);
      const { rows, count } = await accounts.list({ email: query.email, limit, after: after?.[0], offset });
      const { items, next_cursor } = cutPage(rows, limit, ({ id }) => [id]);
      return { items: items.map(view), page, limit, ...cutTotal(count), next_cursor };
    },
  );
};

const readRoute = (http: Http, accounts: Accounts): void => {
  http.get(
    '/api/v1/users/:id',
    {
      config: { access: ownReaders, alsoAt: ['/users/:id'] },
      schema: {
        tags,
        operationId: 'getUser',
        summary: 'Read a user',
        params: IdParams,
        response: { 200: User, ...problems(404) },
      },
    },
    async ({ params }, reply) => {
      const account = await accounts.find(params.id);
      return reply.header('etag', etag(account.version)).send(view(account));
    },
  );
};

const updateRoute = (http: Http, accounts: Accounts, confirmPassword: ConfirmPassword): void => {
  http.put(
    '/api/v1/users/:id',
    {
      config: { access: ownWriters, alsoAt: ['/users/:id'] },
      schema: {
        tags,
        operationId: 'updateUser',
        summary: 'Update the given fields of a user',
        description: 'What changes nothing keeps the version.',
        params: IdParams,
        headers: IfMatchHeader,
        body: Update,
        response: { 200: User, ...problems(404, 409, 412, 429) },
      },
    },
    async (request, reply) => {
      const { params, headers, caller, restrictedTo } = request;
      const { current_password, ...given } = request.body;
      const gone = clientGone(reply);
      const { email } = given;
      const movesEmail =
        email !== undefined && (await accounts.find(params.id))?.email !== normalEmail(email);
      // Whoever has the e-mail can have a new password: with an administrator's a machine would be one.
      const changesLogin = given.password !== undefined || movesEmail;
      if (changesLogin && restrictedTo === undefined && !caller?.roles.includes('admin'))
        throw forbidden('an e-mail and a password are set by their user, or by an administrator');
      if (changesLogin && restrictedTo !== undefined)
        await confirmPassword(
          { userId: params.id, password: current_password, address: clientAddress(request) },
          gone,
        );
      const expected = expectedVersion(headers['if-match']);
      const account = await accounts.update(params.id, given, expected, gone);
      return reply.header('etag', etag(account.version)).send(view(account));
    },
  );
};

const deleteRoute = (http: Http, accounts: Accounts): void => {
  http.delete(
    '/api/v1/users/:id',
    {
      config: { access: ownWriters, alsoAt: ['/users/:id'] },
      schema: {
        tags,
        operationId: 'deleteUser',
        summary: 'Delete a user',
        description: 'The account and all its activity are erased, here and in every consumer.',
        params: IdParams,
        headers: IfMatchHeader,
        response: { 204: Type.Null({ description: 'erased' }), ...problems(404, 412) },
      },
    },
    async ({ params, headers }, reply) => {
      await accounts.erase(params.id, expectedVersion(headers['if-match']));
      return reply.code(204).send(null);
    },
  );
};

const cartRoute = (http: Http, accounts: Accounts): void => {
  http.put(
    '/api/v1/users/:id/cart',
    {
      config: { access: ownWriters },
      schema: {
        tags,
        operationId: 'replaceCart',
        summary: 'Replace the cart of a user',
        params: IdParams,
        headers: IfMatchHeader,
        body: Cart,
        response: { 200: User, ...problems(404, 412) },
      },
    },
    async ({ params, headers, body }, reply) => {
      const expected = expectedVersion(headers['if-match']);
      const account = await accounts.replaceCart(params.id, readCart(body.items), expected);
      return reply.header('etag', etag(account.version)).send(view(account));
    },
  );
};

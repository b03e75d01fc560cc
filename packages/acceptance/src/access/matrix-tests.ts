import { randomUUID } from 'node:crypto';
import { roles, scopes } from '@souk/contracts/access.ts';
import { exampleOrder } from '@souk/contracts/orders.ts';
import { serviceNames } from '@souk/contracts/services.ts';
import { claimsOf, forgedTokens, signToken, type TestKeys } from '@souk/service-kit/testing/test-keys.ts';
import { eventually } from '@souk/testing/eventually.ts';
import type { TestMesh } from '@souk/testing/mesh.ts';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { rowOf } from './access-table.ts';
import { revoke } from './revoke.ts';

interface Operation {
  operationId: string;
  'x-souk-access': { anyone?: true | string; roles?: string[]; scope?: string; customer?: string };
}
interface Route {
  url: string;
  method: string;
  path: string;
  operation: Operation;
}
interface Credential {
  name: string;
  token: string | undefined;
  subject: string;
  roles: string[];
  scopes: string[];
  valid: boolean;
}

let keys: TestKeys;
let mesh: TestMesh;
let routes: Route[];
let credentials: Credential[];

const refusals = new Set(['token_missing', 'token_invalid', 'forbidden']);

const send = async (
  { url, method, path }: Pick<Route, 'url' | 'method' | 'path'>,
  token: string | undefined,
  { query = '', body, ifMatch = '"999999"' }: { query?: string; body?: unknown; ifMatch?: string } = {},
) => {
  const response = await fetch(`${url}${path}${query}`, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      // What would change something names a version that is none.
      'if-match': ifMatch,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  const text = isStream ? '' : await response.text();
  // One that never ends.
  if (isStream) await response.body?.cancel();
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
  return { status: response.status, code: isProblem ? (JSON.parse(text).code as string) : undefined, text };
};

const tokenOf = (different: object) => signToken(keys.key, claimsOf({ ...different }));

const valid = async (kind: 'roles' | 'scopes', value: string): Promise<Credential> => {
  const subject = randomUUID();
  const rights = kind === 'roles' ? { roles: [value] } : { scope: value };
  return {
    name: value,
    subject,
    token: await tokenOf({ sub: subject, ...rights }),
    roles: kind === 'roles' ? [value] : [],
    scopes: kind === 'scopes' ? [value] : [],
    valid: true,
  };
};

const invalid = async (): Promise<Credential[]> => {
  const claims = claimsOf({ roles: ['admin'], scope: scopes.join(' ') });
  const tokens = {
    'no token': undefined,
    'an expired token': await signToken(keys.key, { ...claims, exp: Math.floor(Date.now() / 1000) - 60 }),
    'a token for another audience': await signToken(keys.key, { ...claims, aud: 'another' }),
    'a token by a key that is not known': await signToken(await keys.newKey(), claims),
    'a revoked token': await revokedToken(claims),
    ...(await forgedTokens(keys.key, claims)),
  };
  return Object.entries(tokens).map(([name, token]) => ({
    ...{ name, token, subject: '', roles: [], scopes: [] },
    valid: false,
  }));
};

/** One that every service took, until it heard of the revocation. */
const revokedToken = async (claims: object): Promise<string> => {
  const [subject, sid] = [randomUUID(), randomUUID()];
  const token = await signToken(keys.key, { ...claims, sub: subject, sid });
  const heard = () =>
    Promise.all(
      serviceNames.map((name) =>
        send({ url: mesh.service(name).url, method: 'GET', path: '/metrics' }, token),
      ),
    );
  expect((await heard()).map(({ status }) => status)).toEqual(serviceNames.map(() => 200));
  await revoke(mesh.broker.brokers, { subject, session_id: sid });
  await eventually(async () =>
    expect((await heard()).map(({ code }) => code)).toEqual(serviceNames.map(() => 'token_invalid')),
  );
  return token;
};

const routesOf = async (url: string): Promise<Route[]> => {
  const { text } = await send(
    { url, method: 'GET', path: '/openapi.json' },
    await tokenOf({ scope: 'ops:read' }),
  );
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => {
      const filled = path.replace('{order_uid}', 'no-such-order').replaceAll(/\{\w+\}/g, randomUUID());
      return { url, method: method.toUpperCase(), path: filled, operation };
    }),
  );
};

/** Of a mesh that takes the tokens of `keys`, and has no rate limits. */
export const matrixTests = (given: () => { mesh: TestMesh; keys: TestKeys }) =>
  describe('who may call what', () => {
    beforeAll(async () => {
      ({ mesh, keys } = given());
      routes = (await Promise.all(serviceNames.map((name) => routesOf(mesh.service(name).url)))).flat();
      const byRight = [
        ...roles.map((role) => valid('roles', role)),
        ...scopes.map((scope) => valid('scopes', scope)),
      ];
      credentials = [...(await invalid()), ...(await Promise.all(byRight))];
    });

    test('every operation declares what the table says', () => {
      expect(routes.length).toBeGreaterThan(30);
      for (const { operation } of routes) {
        const { anyone, roles: mayCall, scope, own, anyoneWithout } = rowOf(operation.operationId);
        const declared = operation['x-souk-access'];
        expect(
          {
            anyone: declared.anyone,
            roles: declared.roles?.toSorted(),
            scope: declared.scope,
            own: declared.customer !== undefined,
          },
          operation.operationId,
        ).toEqual({
          anyone: anyone ?? (anyoneWithout && `without ${anyoneWithout}`),
          roles: mayCall?.toSorted(),
          scope,
          own: own === true,
        });
      }
    });

    /** What a request about nothing that exists should hear, as far as access goes. */
    const expected = (operationId: string, caller: Credential): string => {
      const { anyone, roles: mayCall = [], scope, own } = rowOf(operationId);
      if (anyone) return 'let through';
      if (caller.token === undefined) return '401 token_missing';
      if (!caller.valid) return '401 token_invalid';
      const allowed =
        mayCall.some((role) => caller.roles.includes(role)) ||
        (scope !== undefined && caller.scopes.includes(scope));
      return allowed || (own && caller.roles.includes('customer')) ? 'let through' : '403 forbidden';
    };

    test('every operation takes exactly the tokens that the table says', async () => {
      let requests = 0;
      for (const route of routes) {
        const hasBody = ['POST', 'PUT', 'PATCH'].includes(route.method);
        for (const caller of credentials) {
          const { operationId } = route.operation;
          const query = queries[operationId]?.(
            caller.roles.includes('customer') ? caller.subject : randomUUID(),
          );
          const answer = await send(route, caller.token, {
            query: query ?? '',
            body: hasBody ? {} : undefined,
          });
          const heard = refusals.has(answer.code ?? '') ? `${answer.status} ${answer.code}` : 'let through';
          expect(heard, `${caller.name}: ${route.method} ${route.path}`).toBe(expected(operationId, caller));
          expect(answer.status, `${caller.name}: ${route.method} ${route.path} ${answer.text}`).toBeLessThan(
            500,
          );
          requests += 1;
        }
      }
      expect(requests).toBe(routes.length * credentials.length);
    });

    /** Whom a list is asked about. */
    const queries: Record<string, (id: string) => string> = {
      recommend: (id) => `?user_id=${id}`,
      listEvents: (id) => `?user_id=${id}`,
      listOrders: (id) => `?customer_id=${id}`,
    };

    test('a customer reaches what is their own, and what is somebody else’s is not there', async () => {
      const admin = await tokenOf({ roles: ['admin'] });
      const [user, product, recommendation, analytics] = serviceNames.map((name) => mesh.service(name).url);
      const create = async (url: string | undefined, path: string, body: unknown) => {
        const { status, text } = await send({ url: url as string, method: 'POST', path }, admin, { body });
        expect(status, text).toBe(201);
        return JSON.parse(text);
      };
      const { id } = await create(user, '/api/v1/users', { email: 'ada@example.org', name: 'Ada' });
      const event = await create(user, '/api/v1/events', { user_id: id, type: 'view' });
      const order = { ...exampleOrder, order_uid: 'order-of-ada', customer_id: id };
      await create(product, '/api/v1/orders', order);
      const lamp = await create(product, '/api/v1/products', { name: 'Lamp', price: 1 });
      const items = [{ product_id: lamp.id, quantity: 1 }];
      const cart = { url: user as string, method: 'PUT', path: `/api/v1/users/${id}/cart` };
      const { version } = JSON.parse(
        (await send({ ...cart }, admin, { body: { items }, ifMatch: '*' })).text,
      );
      const delivery = exampleOrder.delivery;
      const checkout = { user_id: id, cart_version: version, delivery };
      const checkOut = { url: product as string, method: 'POST', path: '/api/v1/checkouts' };
      const ordered = await vi.waitFor(async () => {
        const { status, text } = await send(checkOut, admin, { body: checkout });
        expect(status, text).toBe(201);
        return JSON.parse(text);
      }, 60_000);
      const ofAda: Record<string, { url: string | undefined; path: string; body?: unknown; query?: string }> =
        {
          getUser: { url: user, path: `/api/v1/users/${id}` },
          updateUser: { url: user, path: `/api/v1/users/${id}`, body: { name: 'Countess' } },
          deleteUser: { url: user, path: `/api/v1/users/${id}` },
          replaceCart: { url: user, path: `/api/v1/users/${id}/cart`, body: { items: [] } },
          recordEvent: { url: user, path: '/api/v1/events', body: { user_id: id, type: 'view' } },
          getEvent: { url: user, path: `/api/v1/events/${event.id}` },
          listEvents: { url: user, path: '/api/v1/events', query: `?user_id=${id}` },
          getOrder: { url: product, path: '/api/v1/orders/order-of-ada' },
          getOrderStatus: { url: product, path: '/api/v1/orders/order-of-ada/status' },
          moveOrder: {
            url: product,
            path: '/api/v1/orders/order-of-ada/status',
            body: { status: 'cancelled' },
          },
          cancelOrder: { url: product, path: `/api/v1/orders/${ordered.id}/cancellations`, body: {} },
          checkOut: { url: product, path: '/api/v1/checkouts', body: checkout },
          getCheckout: { url: product, path: `/api/v1/checkouts/${ordered.id}` },
          listOrders: { url: product, path: '/api/v1/orders', query: `?customer_id=${id}` },
          recommend: { url: recommendation, path: '/api/v1/recommendations', query: `?user_id=${id}` },
          recommendForUser: { url: recommendation, path: `/api/v1/users/${id}/recommendations` },
          getUserFigures: { url: analytics, path: `/api/v1/analytics/users/${id}` },
        };
      await expect
        .poll(() => send({ ...ofAda.getUserFigures, method: 'GET' } as Route, admin))
        .toMatchObject({ status: 200 });

      const ada = await tokenOf({ sub: id, roles: ['customer'] });
      const bob = await tokenOf({ sub: randomUUID(), roles: ['customer'] });
      const owned = routes.filter(({ operation }) => rowOf(operation.operationId).own);
      expect(owned.map(({ operation }) => operation.operationId).toSorted()).toEqual(
        Object.keys(ofAda).toSorted(),
      );
      for (const { method, operation } of owned) {
        const { path, url, ...asked } = ofAda[operation.operationId] as (typeof ofAda)[string];
        const request = { url: url as string, path, method };
        expect((await send(request, ada, asked)).status, `own ${operation.operationId}`).toBeOneOf([
          // 409: the cart was ordered before.
          200, 201, 409, 412,
        ]);
        const foreign = await send(request, bob, asked);
        expect([foreign.status, foreign.code], `foreign ${operation.operationId}`).toEqual([
          404,
          expect.stringMatching(/_not_found$/),
        ]);
      }
    });

    test('a customer records no purchase, and moves an order nowhere but out of the way', async () => {
      const id = randomUUID();
      const token = await tokenOf({ sub: id, roles: ['customer'] });
      const purchase = { url: mesh.service('user').url, method: 'POST', path: '/api/v1/events' };
      expect(await send(purchase, token, { body: { user_id: id, type: 'purchase' } })).toMatchObject({
        status: 403,
      });
      const admin = await tokenOf({ roles: ['admin'] });
      const { url } = mesh.service('product');
      const order = { ...exampleOrder, order_uid: 'order-to-move', customer_id: id };
      await send({ url, method: 'POST', path: '/api/v1/orders' }, admin, { body: order });
      const move = { url, method: 'PATCH', path: '/api/v1/orders/order-to-move/status' };
      expect(await send(move, token, { body: { status: 'paid' } })).toMatchObject({
        status: 403,
        code: 'forbidden',
      });
    });

    test('a machine that may change users sets nobody’s password or e-mail, and a customer gives the password before', async () => {
      const machine = await tokenOf({ scope: 'users:write' });
      const admin = await tokenOf({ roles: ['admin'] });
      const { url } = mesh.service('user');
      const body = { email: 'grace@example.org', name: 'Grace' };
      const { text } = await send({ url, method: 'POST', path: '/api/v1/users' }, admin, { body });
      const path = `/api/v1/users/${JSON.parse(text).id}`;
      const change = (token: string, given: object) => {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
        return fetch(`${url}${path}`, { method: 'PUT', headers, body: JSON.stringify(given) });
      };
      expect((await change(machine, { name: 'Countess' })).status).toBe(200);
      expect((await change(machine, { password: 'correct horse battery' })).status).toBe(403);
      expect((await change(machine, { email: 'thief@example.org' })).status).toBe(403);
      expect((await change(admin, { password: 'correct horse battery' })).status).toBe(200);

      const grace = await tokenOf({ sub: JSON.parse(text).id, roles: ['customer'] });
      const wanted = { password: 'battery horse correct' };
      const answers = [
        await change(grace, wanted),
        await change(grace, { email: 'thief@example.org' }),
        await change(grace, body),
        await change(grace, { ...wanted, current_password: 'wrong' }),
        await change(grace, { ...wanted, current_password: 'correct horse battery' }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([400, 400, 200, 403, 200]);
    });
  });

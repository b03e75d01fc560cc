import { roles } from '@souk/contracts/access.ts';
import { Type } from '@souk/contracts/typebox.ts';
import { clientAddress } from '@souk/service-kit/http/client-address.ts';
import { uuid } from '@souk/service-kit/http/fields.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { problems } from '@souk/service-kit/problem.ts';
import { emailLengthMax, passwordLengthMax } from '../accounts/account-schemas.ts';
import { clientGone } from '../client-gone.ts';
import type { Identity, Tokens } from './identity.ts';

const tags = ['auth'];
/** Whoever wants a token has none. */
const config = { access: 'anyone', limit: 'login' } as const;

const Credentials = Type.Object(
  {
    email: Type.String({ minLength: 1, maxLength: emailLengthMax }),
    password: Type.String({ minLength: 1, maxLength: passwordLengthMax, writeOnly: true }),
  },
  { additionalProperties: false },
);

const RefreshToken = Type.Object(
  { refresh_token: Type.String({ minLength: 1, maxLength: 200 }) },
  { additionalProperties: false },
);

const IssuedTokens = Type.Object({
  access_token: Type.String({ description: 'for Authorization: Bearer' }),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ description: 'seconds until the access token expires' }),
  refresh_token: Type.String({ description: 'good for one exchange' }),
  user_id: uuid(),
  roles: Type.Array(Type.Enum([...roles])),
});

/** Logs users in and out. */
export const identityRoutes = (http: Http, identity: Identity): void => {
  http.post(
    '/api/v1/auth/login',
    {
      config,
      schema: {
        tags,
        operationId: 'logIn',
        summary: 'Get tokens for an e-mail and its password',
        description:
          'After five failures attempts have to wait, twice as long after each: 429 with Retry-After.',
        body: Credentials,
        response: { 200: IssuedTokens, ...problems(401, 429) },
      },
    },
    async (request, reply) => {
      const given = { ...request.body, address: clientAddress(request) };
      const tokens = await identity.logIn(given, clientGone(reply));
      return reply.headers(uncached).send(view(tokens));
    },
  );
  http.post(
    '/api/v1/auth/refresh',
    {
      config,
      schema: {
        tags,
        operationId: 'refreshTokens',
        summary: 'Exchange a refresh token for new tokens',
        description: 'Each can be exchanged once. One that comes again ends its session.',
        body: RefreshToken,
        response: { 200: IssuedTokens, ...problems(401) },
      },
    },
    async ({ body }, reply) => reply.headers(uncached).send(view(await identity.refresh(body.refresh_token))),
  );
  logOutRoute(http, 'logout', identity.logOut, {
    operationId: 'logOut',
    summary: 'End the session of a refresh token',
  });
  logOutRoute(http, 'logout-all', identity.logOutEverywhere, {
    operationId: 'logOutEverywhere',
    summary: 'End all sessions of the user of a refresh token',
  });
};

const logOutRoute = (
  http: Http,
  path: string,
  end: Identity['logOut'],
  named: { operationId: string; summary: string },
): void => {
  const response = { 204: Type.Null({ description: 'ended, if there was one' }) };
  http.post(
    `/api/v1/auth/${path}`,
    { config, schema: { tags, ...named, body: RefreshToken, response } },
    async ({ body }, reply) => {
      await end(body.refresh_token);
      return reply.code(204).send(null);
    },
  );
};

/** Nothing between here and the client may keep them. */
const uncached = { 'cache-control': 'no-store' };

const view = ({ session, accessToken, refreshToken, expiresInSeconds }: Tokens) => ({
  access_token: accessToken,
  token_type: 'Bearer' as const,
  expires_in: expiresInSeconds,
  refresh_token: refreshToken,
  user_id: session.userId,
  roles: session.roles,
});

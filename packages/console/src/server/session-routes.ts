import { type Static, Type } from '@souk/contracts/typebox.ts';
import type { FastifyReply, Http } from '@souk/service-kit/http/http.ts';
import { problem, problems } from '@souk/service-kit/problem.ts';
import { anyone } from './access.ts';
import type { MeshCalls } from './mesh-calls.ts';
import { cookieName, type Sessions, sessionIdOf, sessionMs, type Tokens } from './sessions.ts';

const Viewer = Type.Object({
  mode: Type.Enum(['open', 'required']),
  /** Null in `required` mode before the log-in; in `open` mode nobody has to. */
  user: Type.Union([
    Type.Null(),
    Type.Object({ id: Type.String(), email: Type.String(), roles: Type.Array(Type.String()) }),
  ]),
  /** Where traces are shown to people. */
  traces_url: Type.Optional(Type.String()),
  /** Whether the console can let demo shoppers in. */
  shoppers: Type.Boolean(),
});

export type Viewer = Static<typeof Viewer>;

const Credentials = Type.Object(
  {
    email: Type.String({ minLength: 1, maxLength: 254 }),
    password: Type.String({ minLength: 1, maxLength: 1_024, writeOnly: true }),
  },
  { additionalProperties: false },
);

interface SessionRouteOptions {
  mode: 'open' | 'required';
  sessions: Sessions;
  calls: MeshCalls;
  tracesUrl: string | undefined;
  hasShoppers: boolean;
}

/** Logs operators in and out with their accounts of the mesh. */
export const sessionRoutes = (http: Http, options: SessionRouteOptions): void => {
  const { mode, sessions, calls, tracesUrl, hasShoppers } = options;
  const tags = ['session'];
  const config = anyone;

  http.get(
    '/api/session',
    {
      config,
      schema: { tags, operationId: 'getSession', summary: 'Who uses the console', response: { 200: Viewer } },
    },
    async (request) => {
      const session = sessions.find(sessionIdOf(request));
      return {
        mode,
        user: session ? { id: session.userId, email: session.email, roles: session.roles } : null,
        ...(tracesUrl === undefined ? {} : { traces_url: tracesUrl }),
        shoppers: hasShoppers,
      };
    },
  );
  http.post(
    '/api/session',
    {
      config,
      schema: {
        tags,
        operationId: 'openSession',
        summary: 'Log in with an account of the mesh',
        body: Credentials,
        response: { 204: Type.Null(), ...problems(401, 403, 429) },
      },
    },
    async ({ body, protocol, ip }, reply) => {
      // Whose guesses they are: where the user service trusts the console's address (TRUST_PROXY), it counts them for this one.
      const headers = { 'x-forwarded-for': ip };
      const tokens = (await calls.json('user', 'POST', '/api/v1/auth/login', { body, headers })) as Tokens;
      if (!tokens.roles.some((role) => role !== 'customer')) {
        await endTokens(calls, tokens);
        throw problem(
          403,
          'no_operator',
          'this account is a customer’s: the console is for staff, analysts and admins',
        );
      }
      const { id } = sessions.open(body.email, tokens);
      return setCookie(reply, `${id}; Max-Age=${sessionMs / 1_000}`, protocol)
        .code(204)
        .send(null);
    },
  );
  http.delete(
    '/api/session',
    {
      config,
      schema: { tags, operationId: 'closeSession', summary: 'Log out', response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      const session = sessions.find(sessionIdOf(request));
      if (session) {
        sessions.close(session.id);
        await endTokens(calls, session.tokens);
      }
      return setCookie(reply, '; Max-Age=0', request.protocol).code(204).send(null);
    },
  );
};

/** They end by themselves where the user service does not answer. */
const endTokens = (calls: MeshCalls, { refresh_token }: Tokens): Promise<unknown> =>
  calls.json('user', 'POST', '/api/v1/auth/logout', { body: { refresh_token } }).catch(() => undefined);

const setCookie = (reply: FastifyReply, value: string, protocol: string): FastifyReply =>
  reply.header(
    'set-cookie',
    `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict${protocol === 'https' ? '; Secure' : ''}`,
  );

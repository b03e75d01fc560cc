import type { Http } from '@souk/service-kit/http/http.ts';
import { problem } from '@souk/service-kit/problem.ts';
import type { FastifyRequest } from 'fastify';
import { loginNeeded, type Session, type Sessions, sessionIdOf } from './sessions.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The roles that a session needs one of; any without it. `nobody`: no session is needed. */
    console?: 'nobody' | readonly string[];
  }
  interface FastifyRequest {
    /** Undefined in `open` mode. */
    session: Session | undefined;
  }
}

/** Of a route that answers before the log-in. */
export const anyone = { access: 'anyone', console: 'nobody' } as const;
/** Of a route for whoever is logged in; the services decide about what it asks of them. */
export const operator = { access: 'anyone' } as const;
/** Of a route that does what only an admin may, with Kafka or the console itself. */
export const admin = { access: 'anyone', console: ['admin'] } as const;

const withoutLogin = /^\/(live|ready|assets\/|:view|$)/;

/** Asks for a session in `required` mode, apart from what says that it needs none. Goes before the routes. */
export const askForLogin = (http: Http, mode: 'open' | 'required', sessions: Sessions): void => {
  http.decorateRequest('session', undefined);
  http.addHook('onRequest', async (request) => {
    const { url, config } = request.routeOptions;
    if (mode === 'open' || url === undefined || config.console === 'nobody' || withoutLogin.test(url)) return;
    const session = sessions.find(sessionIdOf(request));
    if (!session) throw loginNeeded();
    await sessions.confirm(session);
    if (!isAllowed(session, config.console)) throw forbidden();
    request.session = session;
  });
};

const isAllowed = ({ roles }: Session, wanted: readonly string[] | undefined): boolean =>
  wanted === undefined || roles.some((role) => role === 'admin' || wanted.includes(role));

const forbidden = () => problem(403, 'forbidden', 'your account does not have this right');

/** The headers that a request to a service carries for whoever sent `request`. */
export const authorizationOf = async (
  { session }: Pick<FastifyRequest, 'session'>,
  sessions: Sessions,
): Promise<Record<string, string>> =>
  session ? { authorization: `Bearer ${await sessions.accessToken(session)}` } : {};

/** Who acts, for audits: the user's id; in `open` mode the local operator. */
export const subjectOf = ({ session }: Pick<FastifyRequest, 'session'>): string =>
  session?.userId ?? 'local-operator';

/** Those who may read orders may see the personal data in them. */
export const maySeePersonal = ({ session }: Pick<FastifyRequest, 'session'>): boolean =>
  session === undefined || session.roles.some((role) => role === 'admin' || role === 'staff');

import type { FastifyRequest } from 'fastify';
import type { Http } from '../http/http.ts';
import { isFromOperators } from '../http/operators-port.ts';
import { isProblem, type ProblemError } from '../problem.ts';
import type { AccessMode, AccessRule } from './access.ts';
import { forbidden, tokenInvalid, tokenMissing } from './access-problems.ts';
import { type Caller, localOperator } from './caller.ts';
import { tokenCaller } from './token-caller.ts';
import type { TokenVerifier } from './token-verifier.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; undefined where anyone may. */
    caller: Caller | undefined;
    /** It is about what is somebody else's, and was refused. */
    isForeign: boolean;
    /** The user whose own things alone this caller may ask for. */
    restrictedTo: string | undefined;
  }
}

export interface AccessControl {
  mode: AccessMode;
  verifier: TokenVerifier;
  /** Whether a token that is valid by itself was taken back. */
  revoked?: (caller: Caller) => boolean;
}

/** Holds every request to what its route declares. Goes after the hooks that count and log requests. */
export const enforceAccess = (http: Http, control: AccessControl): void => {
  http.decorateRequest('tokenCaller', undefined);
  http.decorateRequest('caller', undefined);
  http.decorateRequest('isForeign', false);
  http.decorateRequest('restrictedTo', undefined);
  http.addHook('onRequest', (request, _reply, done) => {
    const rule = ruleOf(request);
    if (!rule) return done();
    const caller = identify(request, control);
    if (isProblem(caller)) return done(caller);
    const admitted = (found: Caller) =>
      done(control.revoked?.(found) ? tokenInvalid() : admit(request, rule, found));
    if (!(caller instanceof Promise)) return admitted(caller);
    caller.then(admitted, () => done(tokenInvalid()));
  });
  // After validation: before it, a body may say anything.
  http.addHook('preHandler', (request, _reply, done) => {
    if (request.restrictedTo === undefined) return done();
    const own = ruleOf(request)?.own;
    if (!own || own.by === 'entity') return done();
    const [part, field] = own.by.split('.') as ['params' | 'query' | 'body', string];
    const ownerId = (request[part] as Record<string, string | undefined>)[field];
    if (ownerId === undefined) return done(forbidden(`a customer has to give their own ${field}`));
    request.isForeign = !isOwn(request, ownerId);
    done(request.isForeign ? own.notFound() : undefined);
  });
};

/**
 * Where a route declares `by: 'entity'`: throws its `notFound` unless the caller may see what is `ownerOf`'s. That is
 * only asked for a caller who is restricted to what is their own.
 */
export const requireOwner = async (
  request: FastifyRequest,
  ownerOf: () => string | undefined | Promise<string | undefined>,
): Promise<void> => {
  const own = ruleOf(request)?.own;
  if (request.restrictedTo === undefined || isOwn(request, await ownerOf())) return;
  request.isForeign = true;
  throw own?.notFound() ?? new Error('only who has a rule with own is restricted');
};

/** The rule that this request is held to; none where anyone may send it. */
const ruleOf = (request: FastifyRequest): AccessRule | undefined => {
  const { route, query } = request;
  const access = route.config?.access;
  if (access === undefined || access === 'anyone' || isFromOperators(request)) return undefined;
  const { anyoneWithout } = access;
  const isAboutNobody =
    anyoneWithout !== undefined && (query as Record<string, unknown>)[anyoneWithout] === undefined;
  return isAboutNobody ? undefined : access;
};

const identify = (
  request: FastifyRequest,
  { mode, verifier }: AccessControl,
): Caller | Promise<Caller> | ProblemError => {
  if (request.headers.authorization === undefined) return mode === 'open' ? localOperator : tokenMissing();
  return tokenCaller(request, verifier) ?? tokenInvalid();
};

/** Notes who calls, or says why they may not. */
const admit = (request: FastifyRequest, rule: AccessRule, caller: Caller): ProblemError | undefined => {
  const { roles, scope, own } = rule;
  const mayForAll =
    roles.some((role) => caller.roles.includes(role)) ||
    (scope !== undefined && caller.scopes.includes(scope));
  const mayForOwn = own !== undefined && caller.roles.includes('customer');
  request.caller = caller;
  if (!mayForAll && !mayForOwn) return forbidden('the token does not give this right', scope);
  if (!mayForAll) request.restrictedTo = caller.subject;
  return undefined;
};

/** UUIDs are the same in any case. */
const isOwn = ({ restrictedTo }: FastifyRequest, ownerId: string | undefined): boolean =>
  ownerId?.toLowerCase() === restrictedTo?.toLowerCase();

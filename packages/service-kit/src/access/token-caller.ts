import type { FastifyRequest } from 'fastify';
import type { Caller } from './caller.ts';
import type { TokenVerifier } from './token-verifier.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What `tokenCaller` has found. */
    tokenCaller: Caller | Promise<Caller> | undefined;
  }
}

/**
 * Whose token the request comes with; undefined without one, and for what is none. Rejects for a token that is not
 * valid. Whoever asks again gets the same: a token is verified once for a request.
 */
export const tokenCaller = (
  request: FastifyRequest,
  verifier: TokenVerifier,
): Caller | Promise<Caller> | undefined => {
  const { authorization } = request.headers;
  if (authorization === undefined || request.tokenCaller !== undefined) return request.tokenCaller;
  // Most write it like this: the expression takes longer than all the rest.
  const token = authorization.startsWith('Bearer ')
    ? authorization.slice('Bearer '.length).trimStart()
    : /^bearer +(.*)$/i.exec(authorization)?.[1];
  if (token !== undefined) request.tokenCaller = verifier.verify(token);
  return request.tokenCaller;
};

import type { Scope } from '@souk/contracts/access.ts';
import { type ProblemError, problem } from '../problem.ts';

/** RFC 6750, section 3: what a client needs to know to do better. */
const challenge = (fields: Record<string, string> = {}) => {
  const given = Object.entries({ realm: 'souk', ...fields }).map(([name, value]) => `${name}="${value}"`);
  return { 'www-authenticate': `Bearer ${given.join(', ')}` };
};

export const tokenMissing = (): ProblemError =>
  unauthorized('token_missing', 'this needs an access token: Authorization: Bearer …');

/** A 401 of another code. */
export const unauthorized = (code: string, detail: string): ProblemError =>
  problem(401, code, detail, { headers: challenge() });

/** One answer whatever is wrong with a token: no help for whoever tries some. */
export const tokenInvalid = (): ProblemError =>
  problem(401, 'token_invalid', 'the access token is not valid, or not any more', {
    headers: challenge({ error: 'invalid_token' }),
  });

export const forbidden = (detail: string, scope?: Scope): ProblemError =>
  problem(403, 'forbidden', detail, {
    headers: challenge({ error: 'insufficient_scope', ...(scope ? { scope } : {}) }),
  });

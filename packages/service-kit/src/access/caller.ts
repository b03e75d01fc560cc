import type { Role, Scope } from '@souk/contracts/access.ts';

/** Who calls. */
export interface Caller {
  /** The id of a user, or of a machine's key. */
  subject: string;
  roles: readonly Role[];
  scopes: readonly Scope[];
  /** What the token was issued for, and ends with. */
  sessionId?: string | undefined;
  /** When the token was issued, Unix milliseconds. */
  issuedAtMs: number;
}

/** Whoever sits at the machine: requests without a token, where the service is open. */
export const localOperator: Caller = {
  subject: 'local-operator',
  roles: ['admin'],
  scopes: [],
  issuedAtMs: 0,
};

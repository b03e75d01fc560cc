import type { sessionUpdates } from '@souk/contracts/session-updates.ts';
import type { EventData } from '@souk/contracts/topic.ts';
import type { Caller } from './caller.ts';
import { tokenAgeMaxSeconds } from './token-verifier.ts';

/** As long as any token is taken, and five minutes for clocks that differ. */
const keptMs = (tokenAgeMaxSeconds + 300) * 1_000;
/** Beyond it the oldest are forgotten. */
const deniedMax = 100_000;

/**
 * Sessions, and subjects that are gone for good, whose access tokens are not taken although they have not expired. None
 * of them ever gets a new token, so no time of issue is compared.
 */
export const createDenyList = (now: () => number = Date.now) => {
  /** Until when, Unix milliseconds, by id; in the order in which they were told. */
  const denied = new Map<string, number>();
  const isDenied = (id: string): boolean => (denied.get(id.toLowerCase()) ?? 0) > now();
  return {
    /** Told again, or in another order, it is the same list. */
    add: ({
      subject,
      session_id,
      revoked_at,
    }: EventData<typeof sessionUpdates, 'session.revoked.v1'>): void => {
      const until = Math.min(Date.parse(revoked_at), now()) + keptMs;
      if (until <= now()) return;
      denied.set(session_id ?? subject, until);
      for (const [id, end] of denied) {
        if (end > now() && denied.size <= deniedMax) break;
        denied.delete(id);
      }
    },
    denies: ({ subject, sessionId }: Caller): boolean =>
      denied.size > 0 && (isDenied(subject) || (sessionId !== undefined && isDenied(sessionId))),
  };
};

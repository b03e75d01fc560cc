import type { FastifyReply, FastifyRequest } from '@souk/service-kit/http/http.ts';
import type { Session, Sessions } from './sessions.ts';

const lookEveryMs = 15_000;

/** Is aborted when the client of an answer has gone, or its session has ended. */
export const endOf = (
  { session }: Pick<FastifyRequest, 'session'>,
  { raw }: Pick<FastifyReply, 'raw'>,
  sessions: Sessions,
): AbortSignal => {
  const ended = new AbortController();
  // A client that went before this would never be heard to go.
  if (raw.destroyed) ended.abort();
  else {
    const stopLooking = onSessionEnd(session, sessions, () => ended.abort());
    raw.on('close', () => {
      stopLooking();
      ended.abort();
    });
  }
  return ended.signal;
};

/**
 * Calls `end` when the session has ended, or has other roles than now; in `open` mode there is none. Returns what stops
 * looking.
 */
export const onSessionEnd = (
  session: Session | undefined,
  sessions: Sessions,
  end: () => void,
): (() => void) => {
  if (!session) return () => undefined;
  const roles = session.roles.join();
  const isOpen = () => sessions.find(session.id) === session;
  const look = async () => {
    if (isOpen()) await sessions.confirm(session).catch(() => undefined);
    if (!isOpen() || session.roles.join() !== roles) end();
  };
  const timer = setInterval(look, lookEveryMs);
  return () => clearInterval(timer);
};

import type { ServerResponse } from 'node:http';
import { problem } from '@souk/service-kit/problem.ts';

/**
 * Gives a signal that is aborted when the client has gone. (Fastify's own is aborted as soon as the body has been read.)
 * Few requests need one.
 */
export const clientGone =
  ({ raw }: { raw: ServerResponse }) =>
  (): AbortSignal => {
    const gone = new AbortController();
    const leave = () => gone.abort(problem(499, 'client_gone', 'the client has gone'));
    // A client that has left meanwhile will not leave again.
    if (raw.destroyed) leave();
    else raw.once('close', leave);
    return gone.signal;
  };

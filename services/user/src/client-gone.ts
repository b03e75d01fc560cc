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
    raw.once('close', () => gone.abort(problem(499, 'client_gone', 'the client has gone')));
    return gone.signal;
  };

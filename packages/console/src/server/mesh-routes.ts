import type { Http } from '@souk/service-kit/http/http.ts';
import Type from 'typebox';
import { authorizationOf, operator } from './access.ts';
import type { MeshCalls } from './mesh-calls.ts';
import { readMesh } from './read-mesh.ts';
import type { Sessions } from './sessions.ts';

/** What every service says of itself now. */
export const meshRoutes = (http: Http, calls: MeshCalls, sessions: Sessions): void => {
  http.get(
    '/api/mesh',
    {
      config: operator,
      schema: {
        tags: ['mesh'],
        operationId: 'getMesh',
        summary: 'The health and the counters of every service',
        response: { 200: Type.Unsafe<Awaited<ReturnType<typeof readMesh>>>(Type.Object({})) },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return readMesh(calls, await authorizationOf(request, sessions));
    },
  );
};

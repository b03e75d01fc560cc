import type { ServiceName } from '@souk/contracts/services.ts';
import { serviceNames } from '@souk/contracts/services.ts';
import { Type } from '@souk/contracts/typebox.ts';
import type { Http } from '@souk/service-kit/http/http.ts';
import { isProblem, problems } from '@souk/service-kit/problem.ts';
import { authorizationOf, operator } from '../access.ts';
import type { LogSession } from '../kafka/log-session.ts';
import type { MeshCalls } from '../mesh-calls.ts';
import { type MeshState, readMesh } from '../read-mesh.ts';
import type { Sessions } from '../sessions.ts';
import { type Operations, readOperations } from './read-operations.ts';

interface OperationsRouteParts {
  logs: LogSession;
  calls: MeshCalls;
  sessions: Sessions;
}

export interface Configuration {
  service: ServiceName;
  problem?: string;
  items?: { name: string; value: string | number | boolean | null }[];
}

/** The services, their consumers, topics, and what every service was started with. */
export const operationsRoutes = (http: Http, { logs, calls, sessions }: OperationsRouteParts): void => {
  const tags = ['operations'];
  http.get(
    '/api/mesh',
    {
      config: operator,
      schema: {
        tags,
        operationId: 'getMesh',
        summary: 'The health and the counters of every service',
        response: { 200: Type.Unsafe<MeshState>(Type.Object({})) },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      // Without the user service no token is renewed: what can be seen without one says that it is down.
      return readMesh(calls, await authorizationOf(request, sessions).catch(() => ({})));
    },
  );
  http.get(
    '/api/operations',
    {
      config: operator,
      schema: {
        tags,
        operationId: 'getOperations',
        summary: 'How far every consumer is, and which topics there are',
        response: { 200: Type.Unsafe<Operations>(Type.Object({})), ...problems(503) },
      },
    },
    async (request) => readOperations(logs, calls, await authorizationOf(request, sessions)),
  );
  http.get(
    '/api/configuration',
    {
      config: operator,
      schema: {
        tags,
        operationId: 'listConfiguration',
        summary: 'What every service was started with, secrets hidden',
        response: { 200: Type.Unsafe<{ services: Configuration[] }>(Type.Object({})) },
      },
    },
    async (request) => {
      const headers = await authorizationOf(request, sessions);
      const read = async (service: ServiceName): Promise<Configuration> => {
        try {
          const answer = await calls.json(service, 'GET', '/api/v1/configuration', { headers });
          return { service, ...(answer as Pick<Configuration, 'items'>) };
        } catch (error) {
          if (isProblem(error)) return { service, problem: error.message };
          throw error;
        }
      };
      return { services: await Promise.all(serviceNames.map(read)) };
    },
  );
};

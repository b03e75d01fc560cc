import { Type } from '@souk/contracts/typebox.ts';
import { operators } from '../access/access.ts';
import type { Metrics } from '../metrics.ts';
import { problem, problems } from '../problem.ts';
import { type Health, HealthReport } from '../service/health.ts';
import type { Http } from './http.ts';

const tags = ['operations'];

const Alive = Type.Object({ status: Type.Literal('ok') });

/** /live, /ready, /health and /metrics: they answer from the first moment on, whatever is missing. */
export const operationalRoutes = (http: Http, { health, metrics }: { health: Health; metrics: Metrics }) => {
  http.get(
    '/live',
    {
      config: { access: 'anyone' },
      schema: { tags, operationId: 'getLiveness', summary: 'The process runs', response: { 200: Alive } },
    },
    async () => ({ status: 'ok' as const }),
  );
  http.get(
    '/ready',
    {
      config: { access: 'anyone' },
      schema: {
        tags,
        operationId: 'getReadiness',
        summary: 'Traffic should come here',
        response: { 200: Alive, ...problems(503) },
      },
    },
    async () => {
      const readiness = await health.readiness();
      if (!readiness.ready) throw problem(503, 'not_ready', `not ready: ${readiness.reason}`);
      return { status: 'ok' as const };
    },
  );
  http.get(
    '/health',
    {
      config: { access: operators },
      schema: {
        tags,
        operationId: 'getHealth',
        summary: 'The service and each of its dependencies; 503 when it is down',
        response: { 200: HealthReport, 503: HealthReport },
      },
    },
    async (_request, reply) => {
      const report = await health.report();
      return reply.code(report.status === 'down' ? 503 : 200).send(report);
    },
  );
  http.get(
    '/metrics',
    {
      config: { access: operators },
      schema: {
        tags,
        operationId: 'getMetrics',
        summary: 'Prometheus metrics',
        produces: ['text/plain'],
        response: { 200: Type.String() },
      },
    },
    async (_request, reply) =>
      reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
};

const operational = new Set(['/live', '/ready', '/health', '/metrics', '/openapi.json']);

/** Whether it is for whoever decides about traffic and restarts: anyone may ask, on any port. */
export const isProbe = (url: string): boolean => url === '/live' || url === '/ready';

/** Whether a route belongs to running the service; everything else waits until the service has started. */
export const isOperational = (url: string): boolean =>
  operational.has(url) || url === '/docs' || url.startsWith('/docs/');

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics.ts';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export interface RequestMetrics {
  began(): void;
  ended(request: FastifyRequest, reply: FastifyReply): void;
  /** One that never reached a route. */
  refused(method: string, status: number): void;
}

/** Counts requests by method, route template (`unmatched` for none) and status (499: the client went away). */
export const requestMetrics = (metrics: Metrics): RequestMetrics => {
  const labels = ['method', 'route', 'status'] as const;
  const total = metrics.counter('http_requests_total', 'Requests answered', labels);
  const duration = metrics.histogram('http_request_duration_seconds', 'Duration of a request', labels);
  const inFlight = metrics.gauge('http_requests_in_flight', 'Requests being answered');
  const count = (method: string, route: string, status: number, seconds: number) => {
    const values = { method: methods.has(method) ? method : 'other', route, status: String(status) };
    total.inc(values);
    duration.observe(values, seconds);
  };
  return {
    began: () => inFlight.inc(),
    ended: (request, reply) => {
      inFlight.dec();
      const route = request.routeOptions.url ?? 'unmatched';
      count(request.method, route, answeredStatus(reply), reply.elapsedTime / 1000);
    },
    refused: (method, status) => count(method, 'unmatched', status, 0),
  };
};

/** 499, as nginx says it, for a client that did not wait for its answer. */
export const answeredStatus = (reply: FastifyReply): number =>
  reply.raw.writableEnded ? reply.statusCode : 499;

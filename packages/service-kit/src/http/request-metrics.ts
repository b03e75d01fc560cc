import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Metrics, whenCollected } from '../metrics.ts';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Counts requests by method, route template (`unmatched` for none) and status (499: the client went away). */
export const requestMetrics = (metrics: Metrics) => {
  const labels = ['method', 'route', 'status'] as const;
  const duration = metrics.durations('http_request_duration_seconds', 'Duration of a request', labels);
  const total = metrics.counter('http_requests_total', 'Requests answered', labels);
  const inFlightGauge = metrics.gauge('http_requests_in_flight', 'Requests being answered');
  let inFlight = 0;
  // What a scrape asks for is not made for every request.
  whenCollected(total, () => {
    total.reset();
    for (const series of duration.counts()) total.inc(series.labels, series.count);
  });
  whenCollected(inFlightGauge, () => inFlightGauge.set(inFlight));
  const count = (method: string, route: string, status: number, seconds: number) => {
    const values = { method: methods.has(method) ? method : 'other', route, status: String(status) };
    duration.of(values).observe(seconds);
  };
  return {
    began: (): void => {
      inFlight += 1;
    },
    ended: (request: FastifyRequest, reply: FastifyReply): void => {
      inFlight -= 1;
      count(
        request.method,
        request.route.url ?? 'unmatched',
        answeredStatus(reply),
        reply.elapsedTime / 1000,
      );
    },
    /** One that never reached a route. */
    refused: (method: string, status: number) => count(method, 'unmatched', status, 0),
  };
};

/** 499, as nginx says it, for a client that did not wait for its answer. */
export const answeredStatus = (reply: FastifyReply): number =>
  reply.raw.writableEnded ? reply.statusCode : 499;

import { type Context, context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { contextOf, isTracing, tracer } from '../tracing/spans.ts';
import { onEnded } from './ended.ts';
import type { Http } from './http.ts';
import { isOperational } from './operational-routes.ts';
import { answeredStatus } from './request-metrics.ts';

declare module 'fastify' {
  interface FastifyRequest {
    trace: { span: Span; context: Context } | undefined;
  }
}

/**
 * One server span a request, in the trace of the caller's `traceparent` if there is one. Named after the route's
 * template; the URL, which may hold anything, is not in it. Probes and scrapes have none.
 */
export const requestSpans = (http: Http): void => {
  http.decorateRequest('trace', undefined);
  http.addHook('onRequest', (request, _reply, done) => {
    const { traceparent } = request.headers;
    if (traceparent === undefined && !isTracing()) return done();
    const route = request.route.url;
    if (route === undefined || isOperational(route)) return done();
    const parent = contextOf(typeof traceparent === 'string' ? traceparent : undefined);
    const span = tracer().startSpan(
      `${request.method} ${route}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': request.method,
          'http.route': route,
          'souk.request_id': request.id,
        },
      },
      parent,
    );
    request.trace = { span, context: trace.setSpan(parent, span) };
    context.with(request.trace.context, done);
  });
  // Once more: a body arrives in the events of its socket, which know nothing of the request's context.
  http.addHook('preValidation', (request, _reply, done) =>
    request.trace ? context.with(request.trace.context, done) : done(),
  );
  onEnded(http, (request, reply) => {
    const status = answeredStatus(reply);
    request.trace?.span.setAttribute('http.response.status_code', status);
    if (status >= 500) request.trace?.span.setStatus({ code: SpanStatusCode.ERROR });
    request.trace?.span.end();
  });
};

import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';

let tracing = false;

/** Whether spans are recorded in this process (see tracing.ts). */
export const isTracing = (): boolean => tracing;
export const setTracing = (on: boolean): void => {
  tracing = on;
};

/** Without a provider (see tracing.ts) this tracer makes spans that record nothing. */
export const tracer = (): Tracer => trace.getTracer('souk');

/** Runs the work inside a span of its own, which ends with it and says whether it failed. */
export const inSpan = <T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> =>
  // Work that belongs to no trace (polls, backlogs) would each begin one.
  trace.getActiveSpan() === undefined ? work() : inNewSpan(name, options, work);

interface SpanOptions {
  kind: SpanKind;
  attributes: Attributes;
}

const inNewSpan = async <T>(
  name: string,
  { kind, attributes }: SpanOptions,
  work: () => Promise<T>,
): Promise<T> => {
  const span = tracer().startSpan(name, { kind, attributes });
  try {
    return await context.with(trace.setSpan(context.active(), span), work);
  } catch (error) {
    failed(span, error);
    throw error;
  } finally {
    span.end();
  }
};

/** Marks a span as failed by the error's code alone: a message may quote data. */
export const failed = (span: Span, error: unknown): void => {
  const code = (error as { code?: unknown } | undefined)?.code;
  span.setAttribute(
    'error.type',
    typeof code === 'string' || typeof code === 'number' ? String(code) : 'error',
  );
  span.setStatus({ code: SpanStatusCode.ERROR });
};

/** The ids of the active span, for log lines; nothing outside a trace. */
export const activeTraceIds = (): { trace_id?: string; span_id?: string } => {
  const found = trace.getActiveSpan()?.spanContext();
  return found && isSpanContextValid(found) ? { trace_id: found.traceId, span_id: found.spanId } : {};
};

// W3C Trace Context, version 00: https://www.w3.org/TR/trace-context/#traceparent-header

/** The active span as a traceparent; null outside a trace, and for one that is not recorded. */
export const activeTraceparent = (): string | null => {
  const found = trace.getActiveSpan()?.spanContext();
  return found && isSpanContextValid(found) && found.traceFlags & TraceFlags.SAMPLED
    ? traceparentOf(found)
    : null;
};

export const traceparentOf = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;

/** The span that a traceparent names; undefined when there is none or it cannot be read. */
export const remoteSpan = (traceparent: string | null | undefined): SpanContext | undefined => {
  const parts = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '');
  if (!parts) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = parts;
  const found = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(found) ? found : undefined;
};

/** The context inside the span that a traceparent names; the root context when it names none. */
export const contextOf = (traceparent: string | null | undefined): Context => {
  const span = remoteSpan(traceparent);
  return span ? trace.setSpanContext(ROOT_CONTEXT, span) : ROOT_CONTEXT;
};

import { type Span, SpanKind } from '@opentelemetry/api';
import type { OutboxEvent } from '@souk/contracts/cloud-event.ts';
import { contextOf, failed, traceparentOf, tracer } from '../tracing/spans.ts';

/**
 * One producer span for each event that was written inside a trace, as a child of what wrote it. `events` are the
 * same events with that span as their traceparent, for the consumer to go on from; `end` them when all are
 * acknowledged, or with what went wrong.
 */
export const publishSpans = (
  topic: string,
  events: readonly OutboxEvent[],
): { events: readonly OutboxEvent[]; end: (error?: unknown) => void } => {
  if (!events.some(({ traceparent }) => traceparent)) return { events, end: () => undefined };
  const spans: Span[] = [];
  const traced = events.map((event) => {
    if (!event.traceparent) return event;
    const span = tracer().startSpan(
      `publish ${topic}`,
      {
        kind: SpanKind.PRODUCER,
        attributes: {
          'messaging.system': 'kafka',
          'messaging.operation.type': 'send',
          'messaging.destination.name': topic,
          'messaging.message.id': event.id,
        },
      },
      contextOf(event.traceparent),
    );
    spans.push(span);
    // Without tracing in this process the span records nothing, and passes on what it was given.
    return { ...event, traceparent: traceparentOf(span.spanContext()) };
  });
  return {
    events: traced,
    end: (error) => {
      for (const span of spans) {
        if (error !== undefined) failed(span, error);
        span.end();
      }
    },
  };
};

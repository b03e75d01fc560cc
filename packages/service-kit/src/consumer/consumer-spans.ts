import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import type { ReceivedMessage } from '../kafka/message.ts';
import { failed, remoteSpan, tracer } from '../tracing/spans.ts';

/** The most traces that a batch is tied to. */
const tracesMax = 128;

/**
 * Applies a batch inside a consumer span. When all its traced messages are of one trace, the span is a child of what
 * published the first of them. A batch that joins several traces is a trace of its own, linked to all of them; each
 * of them gets a span as long as the batch, linked back to it. A batch without traced messages has none. `apply` is
 * told the id of the batch's trace, which is known without tracing too when all messages are of one.
 */
export const inConsumerSpan = async <T>(
  group: string,
  messages: readonly ReceivedMessage[],
  apply: (traceId?: string) => Promise<T>,
): Promise<T> => {
  const parents = publishersOf(messages);
  const [first] = parents;
  if (first === undefined) return apply();
  const { topic = '', partition = 0 } = messages[0] ?? {};
  const isOfOnePartition = messages.every((message) => message.partition === partition);
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.type': 'process',
    'messaging.destination.name': topic,
    ...(isOfOnePartition && { 'messaging.destination.partition.id': String(partition) }),
    'messaging.consumer.group.name': group,
    'messaging.batch.message_count': messages.length,
  };
  const start = (parent: SpanContext | undefined, links: SpanContext[]): Span =>
    tracer().startSpan(
      `process ${topic}`,
      { kind: SpanKind.CONSUMER, attributes, links: links.map((linked) => ({ context: linked })) },
      parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT,
    );

  const batch = parents.length === 1 ? start(first, []) : start(undefined, parents);
  const members = parents.length === 1 ? [] : parents.map((parent) => start(parent, [batch.spanContext()]));
  try {
    const own = batch.spanContext();
    const traceId = isSpanContextValid(own) ? own.traceId : undefined;
    return await context.with(trace.setSpan(ROOT_CONTEXT, batch), () => apply(traceId));
  } catch (error) {
    for (const span of [batch, ...members]) failed(span, error);
    throw error;
  } finally {
    for (const span of [...members, batch]) span.end();
  }
};

/** The span that published a message; undefined for one that belongs to no trace. */
export const publisherOf = ({ headers }: ReceivedMessage): SpanContext | undefined =>
  remoteSpan(headers.traceparent?.toString());

/** What published the messages: the first of every trace, as many as the batch may be tied to. */
const publishersOf = (messages: readonly ReceivedMessage[]): SpanContext[] => {
  const byTrace = new Map<string, SpanContext>();
  for (const message of messages) {
    const publisher = publisherOf(message);
    if (publisher && !byTrace.has(publisher.traceId)) byTrace.set(publisher.traceId, publisher);
    if (byTrace.size === tracesMax) break;
  }
  return [...byTrace.values()];
};

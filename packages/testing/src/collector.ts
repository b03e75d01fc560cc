import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A span as it was exported; ids in hexadecimal, `parent` undefined for a root. */
export interface CollectedSpan {
  service: string;
  name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  trace: string;
  id: string;
  parent: string | undefined;
  /** The spans it is linked to. */
  links: { trace: string; id: string }[];
  attributes: Record<string, unknown>;
  failed: boolean;
  /** In milliseconds since the epoch. */
  startMs: number;
  endMs: number;
}

export interface TestCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  url: string;
  spans: CollectedSpan[];
  stop(): Promise<void>;
}

/** An OpenTelemetry collector in this process: takes OTLP over HTTP in JSON (opentelemetry.io/docs/specs/otlp). */
export const testCollector = async (): Promise<TestCollector> => {
  const spans: CollectedSpan[] = [];
  const server = createServer(async (request, response) => {
    spans.push(...(await spansOf(request)));
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

interface ExportedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: Attribute[];
  links?: { traceId: string; spanId: string }[];
  status?: { code?: number };
}

interface ExportRequest {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: { spans: ExportedSpan[] }[];
  }[];
}

const errorStatus = 2;

const spansOf = async (request: IncomingMessage): Promise<CollectedSpan[]> => {
  const { resourceSpans } = (await json(request)) as ExportRequest;
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => collected(service, span)));
  });
};

const collected = (service: string, span: ExportedSpan): CollectedSpan => ({
  service,
  name: span.name,
  kind: span.kind,
  trace: span.traceId,
  id: span.spanId,
  parent: span.parentSpanId || undefined,
  links: (span.links ?? []).map(({ traceId, spanId }) => ({ trace: traceId, id: spanId })),
  attributes: valuesOf(span.attributes ?? []),
  failed: span.status?.code === errorStatus,
  startMs: Number(span.startTimeUnixNano) / 1e6,
  endMs: Number(span.endTimeUnixNano) / 1e6,
});

/** OTLP writes a value with its type: { stringValue: 'x' }. */
const valuesOf = (attributes: Attribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

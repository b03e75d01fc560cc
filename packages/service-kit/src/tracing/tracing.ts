import { context, trace } from '@opentelemetry/api';
import { setTracing } from './spans.ts';

export interface TracingOptions {
  /** service.name and service.version of every span. */
  service: string;
  version: string;
  config: TracingConfig;
}

export interface TracingConfig {
  /** The base URL of an OTLP/HTTP collector, such as http://jaeger:4318. Without it nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;
  /** The share of new traces that is recorded; a trace begun elsewhere keeps the decision made there. */
  OTEL_TRACES_SAMPLER_ARG: number;
}

const exportDelayMs = 500;
const exportTimeoutMs = 5_000;
const queuedSpansMax = 4_096;

/**
 * Turns the spans of this process on, when an endpoint is given; returns how to send the last ones and turn them
 * off. A collector that is away costs its spans and nothing else. The SDK is loaded only here: without an endpoint
 * no service pays for it.
 */
export const startTracing = async ({
  service,
  version,
  config,
}: TracingOptions): Promise<() => Promise<void>> => {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!endpoint) return async () => undefined;
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } = await import(
    '@opentelemetry/sdk-trace'
  );

  const exporter = new OTLPTraceExporter({
    url: new URL('v1/traces', endpoint.replace(/\/?$/, '/')).href,
    timeoutMillis: exportTimeoutMs,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': version }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.OTEL_TRACES_SAMPLER_ARG) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: exportDelayMs,
        exportTimeoutMillis: exportTimeoutMs,
        maxQueueSize: queuedSpansMax,
      }),
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  setTracing(true);

  return async () => {
    setTracing(false);
    trace.disable();
    context.disable();
    await provider.shutdown().catch(() => undefined);
  };
};

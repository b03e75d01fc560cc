import { expect, test } from 'vitest';
import { activeTraceIds } from '../tracing/spans.ts';
import { startTracing } from '../tracing/tracing.ts';
import { inConsumerSpan } from './consumer-spans.ts';

const trace = (digit: string) => digit.repeat(32);
const messageOf = (digit?: string) => ({
  ...{ topic: 'user-updates', partition: 0, offset: 0, key: null, value: null, bytes: 0, receivedAtMs: 0 },
  headers: digit ? { traceparent: Buffer.from(`00-${trace(digit)}-${digit.repeat(16)}-01`) } : {},
});
const traceIdOf = (...digits: (string | undefined)[]) =>
  inConsumerSpan('group', digits.map(messageOf), async (traceId) => traceId);

test('where nothing is traced, a batch of one trace is of that one, and any other of none', async () => {
  expect(await traceIdOf('1', undefined, '1')).toBe(trace('1'));
  expect(await traceIdOf('1', '2')).toBeUndefined();
  expect(await traceIdOf(undefined)).toBeUndefined();
});

/** The SDK is loaded in it, which a busy machine takes its time for. */
const loadTimeoutMs = 60_000;

test('where spans are made, a batch that joins several traces has one of its own', {
  timeout: loadTimeoutMs,
}, async () => {
  const config = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_TRACES_SAMPLER_ARG: 0 };
  const stop = await startTracing({ service: 'test', version: '0.0.0', config });
  const seen = await inConsumerSpan('group', ['1', '2'].map(messageOf), async (traceId) => ({
    traceId,
    active: activeTraceIds().trace_id,
  }));
  expect(seen.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect([trace('1'), trace('2')]).not.toContain(seen.traceId);
  expect(seen.active).toBe(seen.traceId);
  expect(await traceIdOf('1')).toBe(trace('1'));
  await stop();
});

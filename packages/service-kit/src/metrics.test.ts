import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('modules that ask for the same metric share it', async () => {
  const metrics = createMetrics('user');
  metrics.counter('events_total', 'Events', ['topic']).inc({ topic: 'a' });
  metrics.counter('events_total', 'Events', ['topic']).inc({ topic: 'a' });
  expect(await metrics.registry.metrics()).toContain('events_total{topic="a",service="user"} 2');
});

test('a name that is asked for as another kind, or with other labels, throws', () => {
  const metrics = createMetrics('user');
  metrics.counter('events_total', 'Events', ['topic']);
  expect(() => metrics.gauge('events_total', 'Events', ['topic'])).toThrow(
    /events_total is counter\(topic\)/,
  );
  expect(() => metrics.counter('events_total', 'Events')).toThrow();
});

test('services do not share metrics', async () => {
  const [user, product] = [createMetrics('user'), createMetrics('product')];
  user.counter('events_total', 'Events').inc();
  expect(await product.registry.metrics()).not.toContain('events_total');
});

test("Node's own metrics are there", async () => {
  const text = await createMetrics('user').registry.metrics();
  expect(text).toContain('process_resident_memory_bytes{service="user"}');
  expect(text).toContain('nodejs_gc_duration_seconds');
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMetrics, durationBucketsSeconds, type Metrics } from './metrics.ts';

const seconds = fc.oneof(
  fc.double({ min: 0, max: 20, noNaN: true }),
  fc.constantFrom(...durationBucketsSeconds),
);
const observations = fc.array(fc.record({ route: fc.constantFrom('/a', '/b "c"'), seconds }));

/** The order of labels says nothing. */
const shown = async ({ registry }: Metrics): Promise<string[][]> => {
  const text = await registry.getSingleMetricAsString('took_seconds');
  return text.split('\n').map((line) => line.split(/[{},]/).sort());
};

test('durations are exposed as prom-client exposes a histogram of them', async () => {
  await fc.assert(
    fc.asyncProperty(observations, async (given) => {
      const [own, theirs] = [createMetrics('user'), createMetrics('user')];
      const durations = own.durations('took_seconds', 'Took', ['route']);
      const histogram = theirs.histogram('took_seconds', 'Took', ['route']);
      for (const { route, seconds } of given) {
        durations.of({ route }).observe(seconds);
        histogram.observe({ route }, seconds);
      }
      expect(await shown(own)).toEqual(await shown(theirs));
    }),
  );
});

test('durations without labels are there before the first one', async () => {
  const metrics = createMetrics('user');
  metrics.durations('took_seconds', 'Took').of({});

  expect(await metrics.registry.metrics()).toContain('took_seconds_count{service="user"} 0');
});

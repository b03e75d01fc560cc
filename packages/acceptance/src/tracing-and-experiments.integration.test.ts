import { type TestCollector, testCollector } from '@souk/testing/collector.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { afterAll, beforeAll } from 'vitest';
import { experiment, experimentTests } from './experiments-tests.ts';
import { tracingTests } from './tracing-tests.ts';

// A mesh costs more than ten seconds of a processor, so both share one, in this order.
let mesh: TestMesh;
let collector: TestCollector;
beforeAll(async () => {
  collector = await testCollector();
  mesh = await testMesh({
    env: {
      EXPERIMENTS: JSON.stringify([experiment]),
      LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    },
  });
});
afterAll(async () => {
  await mesh?.stop();
  await collector?.stop();
});

tracingTests(() => ({ mesh, collector }));
experimentTests(() => mesh);

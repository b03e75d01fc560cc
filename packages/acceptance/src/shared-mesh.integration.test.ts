import { type TestCollector, testCollector } from '@souk/testing/collector.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { afterAll, beforeAll } from 'vitest';
import { experiment, experimentTests } from './experiments-tests.ts';
import { freshnessTests } from './freshness-tests.ts';
import { privacyTests } from './privacy-tests.ts';
import { tracingTests } from './tracing-tests.ts';

// A mesh costs more than ten seconds of a processor, so these share one, in this order: the first counts all products,
// the last one kills Postgres and looks through everything that was logged and stored.
let mesh: TestMesh;
let collector: TestCollector;
beforeAll(async () => {
  collector = await testCollector();
  mesh = await testMesh({
    env: {
      EXPERIMENTS: JSON.stringify([experiment]),
      LOG_LEVEL: 'trace',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    },
  });
});
afterAll(async () => {
  await mesh?.stop();
  await collector?.stop();
});

freshnessTests(() => mesh);
tracingTests(() => ({ mesh, collector }));
experimentTests(() => mesh);
privacyTests(() => mesh);

import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { infrastructure } from './packages/testing/src/infrastructure.ts';

/** What drives whole meshes for long, kills or floods them: minutes of processor time, so `npm test` leaves it out. */
const acceptance = [
  'packages/acceptance/src/{mesh,resilience,hostile,upgrade}/*.integration.test.ts',
  'packages/console/src/browser/*.integration.test.ts',
];
const everything = ['{packages,services}/*/src/**/*.integration.test.ts', 'infra/**/*.integration.test.ts'];

/**
 * What Kafka decides, or the absence of a server: the same suites again, on real servers. PostgreSQL and Redis are real
 * ones everywhere. What the embedded servers cannot do is in *.containers.test.ts, and is no test elsewhere.
 */
const onRealServers = [
  'packages/service-kit/src/outbox/{relay,pipeline}.integration.test.ts',
  'packages/service-kit/src/consumer/{consume,dead-letter-sender,fall-back,replay}.integration.test.ts',
  'packages/service-kit/src/projection/rebuild.integration.test.ts',
  'packages/testing/src/**/*.integration.test.ts',
  'packages/acceptance/src/dlq.integration.test.ts',
  'packages/acceptance/src/mesh/{dependencies,rebuild,restore}.integration.test.ts',
  'packages/acceptance/src/resilience/*.integration.test.ts',
  'services/product/src/orders/orders-topic.integration.test.ts',
  '{packages,services}/*/src/**/*.containers.test.ts',
];
const realServers = infrastructure !== 'embedded';

/** Files of few lines and much work. Vitest begins with the longest files, and knows no durations in a clean checkout. */
const muchWork =
  /acceptance\/src\/(access|shared-mesh|mesh\/rebuild-beside)|evaluation\/gate|queries\/(answers|zones)|rollups\/product-rankings|souk\/src\/up\/|service\/run|contracts\/src\/published/;

class MuchWorkFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isFirst = ({ moduleId }: TestSpecification) => muchWork.test(moduleId);
    return [...sorted.filter(isFirst), ...sorted.filter((file) => !isFirst(file))];
  }
}

const withServers = {
  isolate: false,
  // After the unit tests: with other workers than theirs it cannot run beside them.
  sequence: { groupOrder: 1 },
  globalSetup: ['packages/testing/src/global-setup.ts'],
  setupFiles:
    infrastructure === 'containers' ? ['packages/testing/src/containers/remove-idle-kafka.setup.ts'] : [],
  // What a slow machine needs: only what is broken takes so long.
  testTimeout: 240_000,
  expect: { poll: { timeout: 60_000 } },
  hookTimeout: 240_000,
  // Tests mostly wait, for a group to form or a server to come back: more of them than processors.
  maxWorkers: realServers ? 3 : 8,
  maxConcurrency: realServers ? 1 : 5,
  // Real servers on a machine of any speed: where nobody can look, a test has a second try. Vitest names it.
  retry: process.env.CI ? 1 : 0,
};

export default defineConfig({
  test: {
    sequence: { sequencer: MuchWorkFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,services}/*/{src,model}/**/*.test.ts', 'infra/**/*.test.{ts,mjs}'],
          exclude: ['**/*.integration.test.ts', '**/*.containers.test.ts', '**/node_modules/**'],
          // The modules of all files are loaded once: a third of the time is saved, and no module keeps state of a test.
          isolate: false,
          // Twice as many as processors: some tests start a process or wait.
          maxWorkers: '200%',
          // Some start a process: milliseconds, but on a machine that does much else.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 30_000 } },
        },
      },
      {
        test: {
          name: 'integration',
          ...withServers,
          include: realServers ? onRealServers : everything,
          exclude: [...(realServers ? [] : acceptance), '**/node_modules/**'],
        },
      },
      {
        test: {
          name: 'acceptance',
          ...withServers,
          // Each of them keeps a processor busy: with more, what they start is starved.
          maxWorkers: 4,
          include: acceptance,
          exclude: ['**/node_modules/**'],
        },
      },
    ],
  },
});

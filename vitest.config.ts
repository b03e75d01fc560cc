import { defineConfig } from 'vitest/config';
import { infrastructure } from './packages/testing/src/infrastructure.ts';

/** What needs a real server has this name, and is no test elsewhere: it is left out, not skipped. */
const containersOnly = '{packages,services}/*/src/**/*.containers.test.ts';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,services}/*/src/**/*.test.ts', 'infra/**/*.test.{ts,mjs}'],
          exclude: ['**/*.integration.test.ts', '**/*.containers.test.ts', '**/node_modules/**'],
        },
      },
      {
        test: {
          name: 'integration',
          include: [
            '{packages,services}/*/src/**/*.integration.test.ts',
            'infra/**/*.integration.test.ts',
            ...(infrastructure === 'containers' ? [containersOnly] : []),
          ],
          exclude: ['**/node_modules/**'],
          globalSetup: ['packages/testing/src/global-setup.ts'],
          testTimeout: 120_000,
          expect: { poll: { timeout: 20_000 } },
          hookTimeout: 120_000,
          maxWorkers: 3,
          // Real servers on a machine of any speed: where nobody can look, a test has a second try. Vitest names it.
          retry: process.env.CI ? 1 : 0,
        },
      },
    ],
  },
});

import { expect, test } from 'vitest';
import { troublesOf } from './troubles.ts';

test('says what is down and what that means, and nothing when all is well', () => {
  const troubles = troublesOf({
    at: 0,
    services: [
      { service: 'user', status: 'ok', dependencies: { postgres: { status: 'ok' } } },
      { service: 'product', status: 'unreachable', problem: 'product cannot be reached: connection refused' },
      {
        service: 'recommendation',
        status: 'degraded',
        dependencies: { redis: { status: 'down', error: 'ECONNREFUSED' } },
      },
      { service: 'analytics', status: 'down', waiting_for: 'kafka at 127.0.0.1:9092' },
    ],
  });
  expect(troubles.map(({ what }) => what)).toEqual([
    'Product does not answer (connection refused).',
    'Recommendation: redis is down (ECONNREFUSED).',
    'Analytics is starting: it waits for kafka at 127.0.0.1:9092.',
  ]);
  for (const { meaning } of troubles) expect(meaning).not.toBe('');
});

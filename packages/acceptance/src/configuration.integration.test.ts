import { serviceNames } from '@souk/contracts/services.ts';
import { spawnService } from '@souk/testing/service.ts';
import { describe, expect, test } from 'vitest';

describe('a bad configuration', () => {
  const faulty = {
    DATABASE_URL: 'mysql://user:topsecret@host/souk',
    KAFKA_BROKERS: 'nowhere',
    PORT: 'http',
    LOG_LEVEL: 'loud',
    DATABASE_POOL_MAX: '0',
    BODY_LIMIT_BYTES: '1.5',
    SHUTDOWN_DEADLINE_MS: '-1',
  };

  for (const name of serviceNames)
    test(`ends ${name} at once, with one line for each fault and status 1`, async () => {
      const faults =
        name === 'recommendation' ? { ...faulty, REDIS_URL: 'memory', WEIGHT_VIEW: 'x' } : faulty;
      const service = await spawnService(name, faults);

      expect(await service.exited).toEqual({ code: 1, signal: null });

      const told = service.logs.map(
        (line) => /^bad configuration: (\w+) (must be|is missing)/.exec(line)?.[1],
      );
      expect(told.sort()).toEqual(Object.keys(faults).sort());
      expect(service.logs.join('\n')).not.toContain('topsecret');
    });

  test('names what is missing', async () => {
    const service = await spawnService('analytics', {});

    expect(await service.exited).toEqual({ code: 1, signal: null });

    expect(service.logs).toEqual([
      expect.stringMatching(/^bad configuration: DATABASE_URL is missing \(postgres:\/\//),
      expect.stringMatching(/^bad configuration: KAFKA_BROKERS is missing \(host:port/),
    ]);
  });
});

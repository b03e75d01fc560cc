import { writeFileSync } from 'node:fs';
import { type TestCertificates, testCertificates } from '@souk/testing/certificates.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { redisMissing, testRedis } from '@souk/testing/redis.ts';
import type { TestRedis } from '@souk/testing/servers.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRedis } from '../cache/redis.ts';
import { createLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { redisTls } from './encryption.ts';

const password = 'a-word-for-redis';

describe.skipIf(redisMissing)('a Redis that takes one user under TLS alone', () => {
  let server: TestRedis;
  let certificates: TestCertificates;
  let stranger: TestCertificates;
  let port: string;

  const open = (url: string, ca: string | undefined) => {
    const lines: string[] = [];
    const log = createLogger('redis', { LOG_LEVEL: 'info' }, { write: (line) => void lines.push(line) });
    const redis = openRedis({ url, tls: redisTls(url, ca), metrics: createMetrics('redis'), log });
    return { redis, lines };
  };
  const url = (host: string, word = password) => `rediss://recommendation:${word}@${host}:${port}`;

  beforeAll(async () => {
    certificates = testCertificates(['redis']);
    stranger = testCertificates([]);
    const aclFile = certificates.path('users.acl');
    writeFileSync(
      aclFile,
      `user default off\nuser recommendation on >${password} ~souk:* +get +set +ping +info\n`,
    );
    server = await testRedis((tlsPort) => ({
      port: '0',
      'tls-port': `${tlsPort}`,
      'tls-cert-file': certificates.path('redis.pem'),
      'tls-key-file': certificates.path('redis.key'),
      'tls-ca-cert-file': certificates.path('ca.pem'),
      'tls-auth-clients': 'no',
      aclfile: aclFile,
    }));
    port = new URL(server.url).port;
  });
  afterAll(async () => {
    await server?.stop();
    certificates.remove();
    stranger.remove();
  });

  test('is used by its user, for the keys of that user', async () => {
    const { redis } = open(url('localhost'), certificates.text('ca.pem'));
    await eventually(() => redis.set('souk:generation', '1'));
    expect(await redis.get('souk:generation')).toBe('1');
    await expect(redis.get('sessions:1')).rejects.toThrow('NOPERM');
    redis.close();
  });

  test.each([
    ['whose authority is not trusted', () => open(url('localhost'), stranger.text('ca.pem')), '_CERT'],
    [
      'that names another host',
      () => open(url('127.0.0.1'), certificates.text('ca.pem')),
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    [
      'that refuses the user',
      () => open(url('localhost', 'wrong'), certificates.text('ca.pem')),
      'WRONGPASS',
    ],
    [
      'asked in plain text',
      () => open(`redis://recommendation:${password}@localhost:${port}`, undefined),
      'redis is gone',
    ],
  ])('is gone, and the log says why, where it is one %s', async (_, opened, reason) => {
    const { redis, lines } = opened();
    await eventually(() => expect(lines.join('').toLowerCase()).toContain(reason.toLowerCase()));
    expect(redis.usable()).toBe(false);
    expect(lines.join('')).not.toContain(password);
    redis.close();
  });
});

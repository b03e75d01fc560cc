import { copyFileSync, writeFileSync } from 'node:fs';
import { type TestCertificates, testCertificates } from '@souk/testing/certificates.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { openLink, withPort } from '@souk/testing/link.ts';
import { testPostgres } from '@souk/testing/postgres.ts';
import type { TestPostgres } from '@souk/testing/servers.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { openLeadership } from '../outbox/leadership.ts';
import { createHealth } from '../service/health.ts';
import { untilStarted } from '../service/startup.ts';
import { silent } from '../testing/ledger.ts';
import { type Database, openPostgres } from './database.ts';
import { errorCode, isTlsError, isTransient } from './errors.ts';

const answerTimeoutMs = 2_000;

describe('a Postgres that takes services under TLS alone', () => {
  let server: TestPostgres;
  let certificates: TestCertificates;
  let stranger: TestCertificates;
  const databases: Database[] = [];

  const open = (url: string) => {
    const db = openPostgres({
      url,
      poolMax: 1,
      applicationName: 'encrypted',
      metrics: createMetrics('encrypted'),
      log: silent,
      answerTimeoutMs,
    });
    databases.push(db);
    return db;
  };
  /** As the user service, by the name that the certificate has, unless told otherwise. */
  const address = (query: Record<string, string>, host = 'localhost') => {
    const url = new URL(server.url('user_service'));
    url.hostname = host;
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url.href;
  };
  const verified = () => address({ sslmode: 'verify-full', sslrootcert: certificates.path('ca.pem') });

  beforeAll(async () => {
    certificates = testCertificates(['postgres', 'user_service'], ['expired']);
    stranger = testCertificates([]);
    const hba = certificates.path('pg_hba.conf');
    writeFileSync(
      hba,
      [
        'host all postgres 127.0.0.1/32 scram-sha-256',
        'hostssl all product_service all scram-sha-256 clientcert=verify-ca',
        'hostssl all all all scram-sha-256',
      ].join('\n'),
    );
    const settings = {
      ssl: 'on',
      ssl_cert_file: certificates.path('postgres.pem'),
      ssl_key_file: certificates.path('postgres.key'),
      ssl_ca_file: certificates.path('ca.pem'),
      hba_file: hba,
    };
    server = await testPostgres({ settings });
  });
  afterEach(() => Promise.all(databases.splice(0).map((db) => db.end())));
  afterAll(async () => {
    await server?.remove();
    certificates.remove();
    stranger.remove();
  });

  test('is asked under TLS by every pool, the relay and the look for poolers', async () => {
    const db = open(verified());
    const encrypted = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
    const asked = [db.sql.unsafe(encrypted), db.migrationSql.unsafe(encrypted)];
    asked.push(db.get('encrypted', (sql) => sql.unsafe(encrypted)) as (typeof asked)[number]);
    for (const rows of await Promise.all(asked)) expect([...rows]).toEqual([{ ssl: true }]);
    await db.ping();
    await db.requireSessions();
    const leadership = openLeadership(verified(), 'souk:test:encrypted');
    expect(await leadership.acquire()).toBe(true);
    expect([...(await leadership.sql.unsafe(encrypted))]).toEqual([{ ssl: true }]);
    await leadership.release();
  });

  test('is not asked where its certificate is not trusted or names another host, nor in plain text', async () => {
    const trusting = (ca: string, host?: string) =>
      open(address({ sslmode: 'verify-full', sslrootcert: ca }, host));
    const distrusted = await failureOf(trusting(stranger.path('ca.pem')).ping());
    expect([isTlsError(distrusted), isTransient(distrusted)]).toEqual([true, true]);
    expect(isTlsError(await failureOf(open(address({ sslmode: 'verify-full' })).ping()))).toBe(true);
    const elsewhere = await failureOf(trusting(certificates.path('ca.pem'), '127.0.0.1').ping());
    expect(errorCode(elsewhere)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(errorCode(await failureOf(open(address({})).ping()))).toBe('28000');
  });

  test('may ask for a certificate of the service', async () => {
    const asProduct = (url: string) => {
      const other = new URL(server.url('product_service'));
      return url.replace(/\/\/[^@]+@/, `//${other.username}:${other.password}@`);
    };
    const own = {
      sslcert: certificates.path('user_service.pem'),
      sslkey: certificates.path('user_service.key'),
    };
    await open(asProduct(address({ sslmode: 'require', ...own }))).ping();
    const without = open(asProduct(address({ sslmode: 'require' })));
    expect(errorCode(await failureOf(without.ping()))).toBe('28000');
  });

  test('fails the running query as transient when it vanishes without closing its connections', async () => {
    const link = await openLink(Number(new URL(verified()).port));
    const db = open(withPort(verified(), link.port));
    await db.ping();
    link.block();
    const failure = await failureOf(db.ping());
    expect([errorCode(failure), isTransient(failure)]).toEqual(['CONNECTION_CLOSED', true]);
    link.heal();
    await db.ping();
    link.close();
  });

  test('is waited for while its certificate has expired', async () => {
    const lines: string[] = [];
    const log = createLogger(
      'encrypted',
      { LOG_LEVEL: 'info', LOG_PRETTY: false },
      { write: (line) => void lines.push(line) },
    );
    const stopped = new AbortController();
    await server.stop();
    for (const kind of ['pem', 'key'])
      copyFileSync(certificates.path(`expired.${kind}`), certificates.path(`postgres.${kind}`));
    await server.start();
    const db = open(verified());
    const health = createHealth('encrypted', '1');
    const started = untilStarted(
      { waitsFor: 'postgres at localhost', start: () => db.ping() },
      { log, health, signal: stopped.signal },
    );
    await eventually(() =>
      expect(lines.join('')).toContain('waiting for postgres at localhost: certificate has expired'),
    );
    stopped.abort();
    await started;
  });
});

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

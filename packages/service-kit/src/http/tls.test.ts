import { copyFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type TestCertificates, testCertificates } from '@souk/testing/certificates.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { createHealth } from '../service/health.ts';
import type { Http } from './http.ts';
import { buildHttp } from './server.ts';

let certificates: TestCertificates;
let http: Http;
let port: number;
const lines: string[] = [];

beforeAll(async () => {
  certificates = testCertificates(['first', 'second']);
  for (const kind of ['pem', 'key'])
    copyFileSync(certificates.path(`first.${kind}`), certificates.path(`shown.${kind}`));
  http = await buildHttp({
    name: 'encrypted',
    version: '1',
    description: 'a test',
    log: createLogger('encrypted', { LOG_LEVEL: 'info' }, { write: (line) => void lines.push(line) }),
    metrics: createMetrics('encrypted'),
    health: createHealth('encrypted', '1'),
    bodyLimitBytes: 10_000,
    tls: { certFile: certificates.path('shown.pem'), keyFile: certificates.path('shown.key') },
  });
  await http.listen({ host: '127.0.0.1', port: 0 });
  port = (http.server.address() as { port: number }).port;
  return () => http.close();
});
afterAll(() => certificates.remove());

/** Whom the server shows itself as, and its answer. */
const ask = (): Promise<{ subject: string; answer: string }> =>
  new Promise((resolve, reject) => {
    const socket = connectTls({ port, servername: 'localhost', ca: certificates.text('ca.pem') });
    let answer = '';
    socket.on('error', reject);
    socket.on('data', (bytes) => {
      answer += bytes;
    });
    socket.on('secureConnect', () => {
      const subject = `${socket.getPeerCertificate().subject.CN}`;
      socket.on('close', () => resolve({ subject, answer }));
      socket.write('GET /live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    });
  });

test('answers under TLS', async () => {
  const { subject, answer } = await ask();
  expect(subject).toBe('first');
  expect(answer).toMatch(/^HTTP\/1.1 200/);
});

test('gives nothing to a client in plain text, and goes on', async () => {
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
    socket.write('GET /live HTTP/1.1\r\nhost: localhost\r\n\r\n');
  });
  expect(answer).not.toContain('200');
  expect((await ask()).answer).toMatch(/^HTTP\/1.1 200/);
});

test('shows a new certificate once its file and that of the key have changed, and until then the old one', async () => {
  copyFileSync(certificates.path('second.pem'), certificates.path('shown.pem'));
  await eventually(() => expect(lines.join('')).toContain('TLS_KEY_FILE is not the key of the certificate'));
  expect((await ask()).subject).toBe('first');
  copyFileSync(certificates.path('second.key'), certificates.path('shown.key'));
  await eventually(async () => expect((await ask()).subject).toBe('second'));
});

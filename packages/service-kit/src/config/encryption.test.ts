import { type TestCertificates, testCertificates } from '@souk/testing/certificates.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpTls, kafkaClientSettings, postgresAddress, readKafkaAddress, redisTls } from './encryption.ts';

let certificates: TestCertificates;
beforeAll(() => {
  certificates = testCertificates(['one', 'other'], ['expired']);
});
afterAll(() => certificates.remove());

const problemsOf = (read: () => unknown): string[] => {
  try {
    read();
  } catch (error) {
    return (error as { problems?: string[] }).problems ?? [`${error}`];
  }
  return [];
};
const kafka = (env: Record<string, string>) => readKafkaAddress({ KAFKA_BROKERS: 'kafka:9092', ...env });
const path = (name: string) => certificates.path(name);
const expiredOn = expect.stringMatching(/ holds a certificate that expired on \d{4}-\d\d-\d\d$/);

describe('Kafka', () => {
  test('is asked in plain text where nothing else is said', () => {
    expect(kafkaClientSettings(kafka({}))).toEqual({ 'bootstrap.servers': 'kafka:9092' });
  });

  test('is asked by every client with what the environment and its files say', () => {
    const address = kafka({
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SSL_CA_FILE: path('ca.pem'),
      KAFKA_SSL_CERTIFICATE_FILE: path('one.pem'),
      KAFKA_SSL_KEY: certificates.text('one.key'),
      KAFKA_SASL_USERNAME: 'user',
      KAFKA_SASL_PASSWORD: 'hunter2',
    });
    expect(kafkaClientSettings(address)).toEqual({
      'bootstrap.servers': 'kafka:9092',
      'security.protocol': 'sasl_ssl',
      'ssl.ca.pem': certificates.text('ca.pem').trim(),
      'ssl.certificate.pem': certificates.text('one.pem').trim(),
      'ssl.key.pem': certificates.text('one.key').trim(),
      'sasl.mechanisms': 'SCRAM-SHA-512',
      'sasl.username': 'user',
      'sasl.password': 'hunter2',
    });
  });

  test('names all that is missing, of no use, unreadable, expired or of another key', () => {
    expect(problemsOf(() => kafka({ KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' }))).toEqual([
      'KAFKA_SASL_USERNAME is missing (KAFKA_SECURITY_PROTOCOL is SASL_SSL)',
      'KAFKA_SASL_PASSWORD is missing (KAFKA_SECURITY_PROTOCOL is SASL_SSL)',
    ]);
    const forgotten = { KAFKA_SSL_CA_FILE: path('ca.pem'), KAFKA_SASL_USERNAME: 'user' };
    expect(problemsOf(() => kafka(forgotten))).toEqual([
      'KAFKA_SSL_CA is of no use with KAFKA_SECURITY_PROTOCOL=PLAINTEXT',
      'KAFKA_SASL_USERNAME is of no use with KAFKA_SECURITY_PROTOCOL=PLAINTEXT',
    ]);
    const ssl = (env: Record<string, string>) =>
      problemsOf(() => kafka({ KAFKA_SECURITY_PROTOCOL: 'SSL', ...env }));
    expect(ssl({ KAFKA_SSL_CA_FILE: '/none.pem' })).toEqual([
      'KAFKA_SSL_CA_FILE names a file that cannot be read (ENOENT)',
    ]);
    expect(ssl({ KAFKA_SSL_CA: 'hunter2' })).toEqual(['KAFKA_SSL_CA holds no certificate in PEM']);
    expect(ssl({ KAFKA_SSL_CA_FILE: path('expired.pem') })).toEqual([expiredOn]);
    expect(ssl({ KAFKA_SSL_KEY_FILE: path('one.key') })).toEqual([
      'KAFKA_SSL_CERTIFICATE and KAFKA_SSL_KEY are needed together',
    ]);
    const mixed = { KAFKA_SSL_CERTIFICATE_FILE: path('one.pem'), KAFKA_SSL_KEY_FILE: path('other.key') };
    expect(ssl(mixed)).toEqual(['KAFKA_SSL_KEY is not the key of the certificate in KAFKA_SSL_CERTIFICATE']);
  });

  test('takes a bundle of authorities of which some have expired', () => {
    const bundle = certificates.text('expired.pem') + certificates.text('ca.pem');
    expect(problemsOf(() => kafka({ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CA: bundle }))).toEqual([]);
  });
});

describe('Postgres', () => {
  const url = 'postgres://role:hunter2@db:5432/souk';

  test('is asked in plain text where its URL says nothing else', () => {
    expect(postgresAddress(url)).toEqual({ url, tls: undefined });
    expect(postgresAddress(`${url}?sslmode=disable`)).toEqual({ url, tls: undefined });
  });

  test('is verified, or encrypted alone, as its URL says, which the driver gets without that', () => {
    const verified = postgresAddress(`${url}?sslmode=verify-full&sslrootcert=${path('ca.pem')}&timezone=UTC`);
    expect(verified.url).toBe(`${url}?timezone=UTC`);
    expect(verified.tls).toMatchObject({ ca: certificates.text('ca.pem'), rejectUnauthorized: true });
    expect(postgresAddress(`${url}?sslmode=require`).tls).toMatchObject({ rejectUnauthorized: false });
    const system = postgresAddress(`${url}?sslmode=verify-full&sslrootcert=system`);
    expect(system.tls).toMatchObject({ rejectUnauthorized: true });
    expect(system.tls).not.toHaveProperty('ca');
  });

  test('names what its URL says in vain', () => {
    expect(problemsOf(() => postgresAddress(`${url}?sslmode=prefer&sslrootcert=/none.pem`))).toEqual([
      'DATABASE_URL: sslmode must be one of disable, require, verify-full',
      'DATABASE_URL: sslrootcert names a file that cannot be read (ENOENT)',
    ]);
    const expired = `${url}?sslmode=verify-full&sslrootcert=${path('expired.pem')}`;
    expect(problemsOf(() => postgresAddress(expired))).toEqual([expiredOn]);
    expect(problemsOf(() => postgresAddress(`${url}?sslrootcert=${path('ca.pem')}`))).toEqual([
      'DATABASE_URL: sslrootcert is of no use without sslmode',
    ]);
  });
});

test('Redis is encrypted under rediss:// alone', () => {
  const ca = certificates.text('ca.pem');
  expect(redisTls('redis://r:6379', undefined)).toBeUndefined();
  expect(redisTls('rediss://r:6379', ca)).toEqual({ ca });
  expect(problemsOf(() => redisTls('redis://r:6379', ca))).toEqual([
    'REDIS_SSL_CA is of use with rediss:// alone, and REDIS_URL says otherwise',
  ]);
});

test('a server names the file that it cannot show', () => {
  const https = (TLS_CERT_FILE?: string, TLS_KEY_FILE?: string) =>
    problemsOf(() =>
      httpTls({ ...(TLS_CERT_FILE && { TLS_CERT_FILE }), ...(TLS_KEY_FILE && { TLS_KEY_FILE }) }),
    );
  expect(https()).toEqual([]);
  expect(https(path('one.pem'), path('one.key'))).toEqual([]);
  expect(https(path('one.pem'))).toEqual(['TLS_CERT_FILE and TLS_KEY_FILE are needed together']);
  expect(https('/none.pem', '/none.key')).toEqual([
    'TLS_CERT_FILE names a file that cannot be read (ENOENT)',
    'TLS_KEY_FILE names a file that cannot be read (ENOENT)',
  ]);
  expect(https(path('expired.pem'), path('expired.key'))).toEqual([expiredOn]);
  expect(https(path('one.pem'), path('other.key'))).toEqual([
    'TLS_KEY_FILE is not the key of the certificate in TLS_CERT_FILE',
  ]);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from '@souk/contracts/typebox.ts';
import { expect, onTestFinished, test } from 'vitest';
import { redisEnv, serviceEnv } from './env-fields.ts';
import { readEnv } from './read-env.ts';

const schema = Type.Object({
  ...serviceEnv(8080),
  ...redisEnv,
  RATIO: Type.Number({ minimum: 0, default: 0.5 }),
});
const required = { DATABASE_URL: 'postgres://role:hunter2@db:5432/souk', KAFKA_BROKERS: 'a:9092,b:9092' };

const problemsOf = (env: Record<string, string>): string[] => {
  try {
    readEnv(schema, env);
  } catch (error) {
    return (error as { problems: string[] }).problems;
  }
  return [];
};

test('fills in every default', () => {
  expect(readEnv(schema, required)).toEqual({
    ...required,
    HOST: '127.0.0.1',
    PORT: 8080,
    AUTH_MODE: 'open',
    AUTH_ISSUER: 'souk',
    AUTH_AUDIENCE: 'souk',
    LOG_LEVEL: 'info',
    KAFKA_FETCH_WAIT_MAX_MS: 100,
    KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT',
    KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    DATABASE_POOL_MAX: 5,
    MIGRATE_ONLY: false,
    SHUTDOWN_DEADLINE_MS: 10_000,
    SHUTDOWN_DRAIN_MS: 0,
    BODY_LIMIT_BYTES: 1_048_576,
    HTTP_CONNECTIONS_MAX: 1_000,
    SHED_EVENT_LOOP_DELAY_MS: 500,
    SHED_WAITING_QUERIES: 200,
    SHED_OUTBOX_AGE_SECONDS: 3_600,
    SHED_AT_ONCE: 64,
    EXIT_WITH_PARENT: false,
    VALIDATE_RESPONSES: false,
    OTEL_TRACES_SAMPLER_ARG: 1,
    RATE_LIMIT_READ: '50/500',
    RATE_LIMIT_WRITE: '20/200',
    RATE_LIMIT_BATCH: '500/5000',
    RATE_LIMIT_LOGIN: '1/30',
    RATE_LIMIT_MACHINE_TIMES: 20,
    RATIO: 0.5,
  });
});

test('converts numbers and booleans, and leaves texts and unknown variables alone', () => {
  const env = {
    ...required,
    PORT: '0',
    LOG_PRETTY: 'TRUE',
    RATIO: '0.25',
    REDIS_URL: 'redis://r:6379',
    OTHER: 'x',
  };
  const config = readEnv(schema, env);
  expect(config).toMatchObject({ PORT: 0, LOG_PRETTY: true, RATIO: 0.25, REDIS_URL: 'redis://r:6379' });
  expect(config).not.toHaveProperty('OTHER');
});

test('an empty variable is an absent one', () => {
  const config = readEnv(schema, { ...required, PORT: ' ', REDIS_URL: '' });
  expect(config.PORT).toBe(8080);
  expect(config).not.toHaveProperty('REDIS_URL');
});

test('names every variable at fault at once', () => {
  expect(problemsOf({ PORT: '70000', LOG_PRETTY: 'yes', KAFKA_BROKERS: 'nowhere', RATIO: '1e3' })).toEqual([
    "PORT must be a whole number from 0 to 65535, not '70000'",
    "LOG_PRETTY must be true or false, not 'yes'",
    'DATABASE_URL is missing (postgres://role:password@host:port/database, with one host)',
    'KAFKA_BROKERS must be host:port,host:port',
    "RATIO must be a number, at least 0, not '1e3'",
  ]);
});

test('never repeats a text, which may hold a password', () => {
  const problems = problemsOf({ ...required, DATABASE_URL: 'mysql://role:hunter2@db', REDIS_URL: 'hunter2' });
  expect(problems).toHaveLength(2);
  expect(problems.join()).not.toContain('hunter2');
});

const fileWith = (content: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'souk-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'secret'), content);
  return join(folder, 'secret');
};

test('takes a value from the file that NAME_FILE names', () => {
  const { DATABASE_URL, KAFKA_BROKERS } = required;
  const env = {
    KAFKA_BROKERS,
    DATABASE_URL_FILE: fileWith(`${DATABASE_URL}\n`),
    PORT_FILE: fileWith('9000'),
  };
  expect(readEnv(schema, env)).toMatchObject({ DATABASE_URL, PORT: 9000 });
});

test('names a file that cannot be read, and a value given twice, and repeats neither', () => {
  const env = {
    ...required,
    DATABASE_URL_FILE: fileWith('postgres://hunter2@db'),
    REDIS_URL_FILE: '/hunter2/x',
  };
  expect(problemsOf(env)).toEqual([
    'DATABASE_URL and DATABASE_URL_FILE are both given: one of them is needed',
    'REDIS_URL_FILE names a file that cannot be read (ENOENT)',
  ]);
});

test('checks the content of a file as it checks a variable, and never repeats it', () => {
  const env = {
    ...required,
    PORT_FILE: fileWith('hunter2'),
    DATABASE_URL: '',
    DATABASE_URL_FILE: fileWith('x'),
  };
  const problems = problemsOf(env);
  expect(problems).toHaveLength(2);
  expect(problems.join()).not.toContain('hunter2');
});

test.each([
  'postgres://role:hunter2@db:99999/souk',
  'postgres://role:hunter2@db:0/souk',
  'postgres://role:hunter2@db:port/souk',
  'postgres://role:hunter2@db-1:5432,db-2:5432/souk',
  'postgres://role:hunter2@db-1,db-2/souk',
  'postgres://role:hunter2@/souk',
  'postgres://role:hunter2%@db/souk',
  'postgres://role:hun/ter2@db/souk',
  'postgres:role@db',
])('names DATABASE_URL when the driver could not use all of %s', (url) => {
  expect(problemsOf({ ...required, DATABASE_URL: url })).toEqual([
    'DATABASE_URL must be postgres://role:password@host:port/database, with one host',
  ]);
});

test.each(['10.0.0.0/8', '192.0.2.7, 2001:db8::/32', '::1'])('trusts the proxies %s', (TRUST_PROXY) => {
  expect(problemsOf({ ...required, TRUST_PROXY })).toEqual([]);
});

test.each([
  ['ALLOWED_HOSTS', 'https://shop.example.org'],
  ['ALLOWED_HOSTS', 'shop.example.org:443'],
  ['CORS_ORIGINS', '*'],
  ['CORS_ORIGINS', 'https://shop.example.org/'],
  ['CORS_ORIGINS', 'https://*.example.org'],
  ['CORS_ORIGINS', 'shop.example.org'],
  ['RATE_LIMITS', 'maybe'],
  ['RATE_LIMIT_READ', '50'],
  ['RATE_LIMIT_READ', '0/10'],
  ['RATE_LIMIT_WRITE', '10/0'],
  ['RATE_LIMIT_BATCH', '500/999'],
  ['RATE_LIMIT_REDIS_URL', 'redis'],
  ['TRUST_PROXY', 'true'],
  ['TRUST_PROXY', 'proxy.example.org'],
  ['TRUST_PROXY', '10.0.0.0/33'],
  ['TRUST_PROXY', '10.0.0/8'],
  ['TRUST_PROXY', '10.0.0.0/8;192.0.2.7'],
  ['KAFKA_BROKERS', 'a:9092,b'],
  ['KAFKA_BROKERS', 'a:9092,'],
  ['KAFKA_BROKERS', 'a:65536'],
  ['KAFKA_BROKERS', 'a:0'],
  ['KAFKA_BROKERS', 'a:9092, b:9092'],
  ['KAFKA_BROKERS', 'kafka://a:9092'],
  ['REDIS_URL', 'redis://r:70000'],
  ['REDIS_URL', 'redis://r-1:6379,r-2:6379'],
  ['REDIS_URL', 'r:6379'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:99999'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'grpc://collector:4317'],
])('names %s when it is %s', (name, value) => {
  expect(problemsOf({ ...required, [name]: value })).toEqual([expect.stringMatching(`^${name} must be `)]);
});

test('takes addresses of every usual form', () => {
  const env = {
    DATABASE_URL: 'postgresql://role:p%40ss@[::1]:5432/souk?sslmode=require',
    KAFKA_BROKERS: 'kafka-1.example.org:9092,10.0.0.1:65535,[::1]:1',
    REDIS_URL: 'rediss://:secret@r.example.org:6380/0',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example.org/otlp',
  };
  expect(readEnv(schema, env)).toMatchObject(env);
});

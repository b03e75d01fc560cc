import { expect, test } from 'vitest';
import { shownSettings } from './shown-settings.ts';

const shown = (config: Record<string, unknown>) =>
  Object.fromEntries(shownSettings(config).map(({ name, value }) => [name, value]));

test('shows what is no secret, by name, and leaves out what is not given', () => {
  expect(shownSettings({ PORT: 8080, LOG_PRETTY: undefined, EXIT_WITH_PARENT: false, HOST: '::1' })).toEqual([
    { name: 'EXIT_WITH_PARENT', value: false },
    { name: 'HOST', value: '::1' },
    { name: 'PORT', value: 8080 },
  ]);
});

test('hides passwords, secrets and keys, and shows the paths of files', () => {
  expect(
    shown({
      KAFKA_SASL_PASSWORD: 'hunter://2',
      KAFKA_SSL_KEY: 'text of a key',
      KAFKA_SSL_CA: '-----BEGIN CERTIFICATE-----',
      PAYMENT_SECRETS: 'examplepay=hunter2',
      TLS_KEY_FILE: '/etc/tls/key.pem',
      KAFKA_SASL_USERNAME: 'user',
    }),
  ).toEqual({
    KAFKA_SASL_PASSWORD: null,
    KAFKA_SSL_KEY: null,
    KAFKA_SSL_CA: null,
    PAYMENT_SECRETS: null,
    TLS_KEY_FILE: '/etc/tls/key.pem',
    KAFKA_SASL_USERNAME: 'user',
  });
});

test('of an address shows neither the password nor parameters nor a path that may be a secret', () => {
  expect(
    shown({
      DATABASE_URL: 'postgres://user_service:hunter2@db:5432/souk?sslpassword=hunter2',
      REDIS_URL: 'redis://:hunter2@cache:6379',
      PASSWORD_RESET_WEBHOOK_URL: 'https://hooks.example/T0/hunter2',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://hunter2@traces.example',
      CORS_ORIGINS: 'https://a.example,http://localhost:5173',
      OTHER_URL: 'no address: hunter2',
    }),
  ).toEqual({
    DATABASE_URL: 'postgres://user_service:***@db:5432/souk?***',
    REDIS_URL: 'redis://cache:6379',
    PASSWORD_RESET_WEBHOOK_URL: 'https://hooks.example/***',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://***@traces.example/',
    CORS_ORIGINS: 'https://a.example,http://localhost:5173',
    OTHER_URL: null,
  });
});

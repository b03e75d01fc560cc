import { Type } from '@souk/contracts/typebox.ts';
import { readRfc3339 } from '../instant.ts';
import { readLimit } from '../rate-limit/limits.ts';
import { isBrokerList, isHostList, isNetworkList, isOriginList, isServerUrl } from './addresses.ts';

/** Where a service listens. 0 lets the system choose a free port. */
const port = (preset: number) => Type.Integer({ minimum: 0, maximum: 65_535, default: preset });

const serverUrl = (schemes: string[], description: string) =>
  Type.Refine(Type.String({ description }), (text) => isServerUrl(text, schemes));

const list = (isList: (text: string) => boolean, description: string) =>
  Type.Optional(Type.Refine(Type.String({ description }), isList));

const pem = (what: string) => Type.Optional(Type.String({ description: `${what} in PEM` }));

/** Listening and stopping. */
export const httpEnv = {
  HOST: Type.String({ default: '127.0.0.1', description: 'the address to listen on' }),
  /** HTTPS instead of HTTP: both paths, of files that may change at any time. */
  TLS_CERT_FILE: Type.Optional(Type.String({ description: 'the path of a certificate in PEM' })),
  TLS_KEY_FILE: Type.Optional(Type.String({ description: 'the path of its key in PEM' })),
  /** A port of their own for /metrics, /health, /docs and /openapi.json, where nobody needs a token. */
  OPERATOR_PORT: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
  OPERATOR_HOST: Type.Optional(Type.String({ description: 'the address of OPERATOR_PORT; HOST without it' })),
  /** The largest request body, in bytes. */
  BODY_LIMIT_BYTES: Type.Integer({ minimum: 1_024, maximum: 104_857_600, default: 1_048_576 }),
  /** Connections open at once; a further one is closed. */
  HTTP_CONNECTIONS_MAX: Type.Integer({ minimum: 10, maximum: 100_000, default: 1_000 }),
  /** The proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  TRUST_PROXY: list(isNetworkList, 'a list of addresses and networks, such as 10.0.0.0/8,192.0.2.7'),
  /** Names that requests may come under, beside localhost and addresses. Where others reach the service: any. */
  ALLOWED_HOSTS: list(isHostList, 'a list of host names without ports, such as shop.example.org,souk.test'),
  /** The web pages that may read answers. */
  CORS_ORIGINS: list(
    isOriginList,
    'a list of origins, such as https://shop.example.org,http://localhost:5173',
  ),
  /** How long stopping may take before the process ends anyway, with status 1. */
  SHUTDOWN_DEADLINE_MS: Type.Integer({ minimum: 100, maximum: 600_000, default: 10_000 }),
  /** For how long a service that stops goes on answering, not ready, so that balancers notice before it closes. */
  SHUTDOWN_DRAIN_MS: Type.Integer({ minimum: 0, maximum: 120_000, default: 0 }),
  /** Stop when the process that started this one over an IPC channel is gone. */
  EXIT_WITH_PARENT: Type.Boolean({ default: false }),
  /** For tests: an answer that does not fit its schema becomes a 500 that says so. */
  VALIDATE_RESPONSES: Type.Boolean({ default: false }),
};

/** What a service bears before it refuses requests: see shedding/load.ts. 0: whatever comes. */
export const sheddingEnv = {
  SHED_EVENT_LOOP_DELAY_MS: Type.Integer({ minimum: 0, maximum: 60_000, default: 500 }),
  SHED_WAITING_QUERIES: Type.Integer({ minimum: 0, maximum: 100_000, default: 200 }),
  SHED_OUTBOX_AGE_SECONDS: Type.Integer({ minimum: 0, maximum: 604_800, default: 3_600 }),
  SHED_AT_ONCE: Type.Integer({ minimum: 0, maximum: 100_000, default: 64 }),
};

/** Who may call. */
export const accessEnv = {
  /** `open`: requests without a token are the local operator's. Possible on the loopback alone. */
  AUTH_MODE: Type.Enum(['open', 'required'], { default: 'open' }),
  /** Of a container: where its port is published. It listens on every address of its own. */
  PUBLISHED_ADDRESS: Type.Optional(Type.String({ description: 'the address where the port is published' })),
  /** The keys that access tokens are verified by: a JWKS file, which may change at any time. */
  AUTH_JWKS_FILE: Type.Optional(Type.String({ description: 'the path of a JWKS file' })),
  AUTH_ISSUER: Type.String({ default: 'souk', description: 'iss of access tokens' }),
  AUTH_AUDIENCE: Type.String({ default: 'souk', description: 'aud of access tokens' }),
};

export const logEnv = {
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { default: 'info' }),
  /** Lines for people instead of JSON; unless it is given, in a terminal alone. */
  LOG_PRETTY: Type.Optional(Type.Boolean()),
};

export const postgresEnv = {
  DATABASE_URL: serverUrl(
    ['postgres', 'postgresql'],
    'postgres://role:password@host:port/database, with one host',
  ),
  /** The same database as the owner of the schema, who may change it; the service's own role may not. */
  MIGRATION_DATABASE_URL: Type.Optional(
    serverUrl(['postgres', 'postgresql'], 'postgres://owner:password@host:port/database, with one host'),
  ),
  /** Bring the schema up to date, and end. */
  MIGRATE_ONLY: Type.Boolean({ default: false }),
  DATABASE_POOL_MAX: Type.Integer({ minimum: 1, maximum: 100, default: 5 }),
};

/** Of every one the text, or with `_FILE` behind its name the path of a file with it. */
export const kafkaEnv = {
  KAFKA_BROKERS: Type.Refine(Type.String({ description: 'host:port,host:port' }), isBrokerList),
  KAFKA_SECURITY_PROTOCOL: Type.Enum(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'], {
    default: 'PLAINTEXT',
  }),
  /** Who is trusted; without it those that the system trusts. */
  KAFKA_SSL_CA: pem('certificates'),
  /** What the service shows, where brokers ask for it. */
  KAFKA_SSL_CERTIFICATE: pem('a certificate'),
  KAFKA_SSL_KEY: pem('a private key'),
  KAFKA_SSL_KEY_PASSWORD: Type.Optional(Type.String({ description: 'the password of KAFKA_SSL_KEY' })),
  KAFKA_SASL_MECHANISM: Type.Enum(['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN'], { default: 'SCRAM-SHA-512' }),
  KAFKA_SASL_USERNAME: Type.Optional(Type.String({ description: 'the name of a user of Kafka' })),
  KAFKA_SASL_PASSWORD: Type.Optional(Type.String({ description: 'the password of KAFKA_SASL_USERNAME' })),
  /** How long a broker may hold back an empty answer; it answers at once when there is data. */
  KAFKA_FETCH_WAIT_MAX_MS: Type.Integer({ minimum: 1, maximum: 5_000, default: 100 }),
};

export const auditEnv = {
  /** How many days the audit is kept. A service's role cannot drop what is younger than a month. */
  AUDIT_RETENTION_DAYS: Type.Integer({ minimum: 31, maximum: 3_650, default: 90 }),
};

export const kafkaConsumerEnv = {
  /** After this time without a heartbeat a consumer's partitions go to another. */
  KAFKA_SESSION_TIMEOUT_MS: Type.Integer({ minimum: 4_000, maximum: 300_000, default: 10_000 }),
};

/** Of services whose tables are made out of events alone. */
export const projectionEnv = {
  /** Build a second set of the tables beside those in use, and serve nothing: see projection/beside.ts. */
  BUILD_BESIDE: Type.Boolean({ default: false }),
  /** The second set has only the events up to this time. */
  BUILD_BESIDE_AS_OF: Type.Optional(
    Type.Refine(
      Type.String({ description: 'a time, such as 2026-03-18T12:00:00Z' }),
      (text) => readRfc3339(text) !== undefined,
    ),
  ),
};

export const redisEnv = {
  REDIS_URL: Type.Optional(serverUrl(['redis', 'rediss'], 'redis://host:port, with one host, or nothing')),
  /** Who is trusted under rediss://; without it those that the system trusts. */
  REDIS_SSL_CA: pem('certificates'),
};

const limit = (preset: string, description = '', burstMin = 1) =>
  Type.Refine(
    Type.String({
      default: preset,
      description: `tokens a second and at once, such as 50/500${description}`,
    }),
    (text) => (readLimit(text)?.burst ?? 0) >= burstMin,
  );

/** What one caller may do. */
export const rateLimitEnv = {
  /** On where tokens are required, off where the service is open, unless it is given. */
  RATE_LIMITS: Type.Optional(Type.Enum(['on', 'off'])),
  RATE_LIMIT_READ: limit('50/500'),
  RATE_LIMIT_WRITE: limit('20/200'),
  /** A token for each item. A batch that has more than the bucket holds could never be admitted. */
  RATE_LIMIT_BATCH: limit('500/5000', ', with at least 1000 at once', 1_000),
  /** Registrations, and what gives tokens. */
  RATE_LIMIT_LOGIN: limit('1/30'),
  /** How many times as much an API key may. */
  RATE_LIMIT_MACHINE_TIMES: Type.Integer({ minimum: 1, maximum: 10_000, default: 20 }),
  /** Where replicas share their counts; without it each has its own. It must evict nothing, and not be sharded. */
  RATE_LIMIT_REDIS_URL: Type.Optional(
    serverUrl(['redis', 'rediss'], 'redis://host:port, with one host, or nothing'),
  ),
  REDIS_SSL_CA: pem('certificates'),
};

export const tracingEnv = {
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(
    serverUrl(['http', 'https'], 'http://host:port of an OTLP/HTTP collector, or nothing'),
  ),
  /** The share of new traces that is recorded. */
  OTEL_TRACES_SAMPLER_ARG: Type.Number({ minimum: 0, maximum: 1, default: 1 }),
};

/** What every service reads; `preset` is its port. */
export const serviceEnv = (preset: number) => ({
  ...httpEnv,
  ...sheddingEnv,
  ...accessEnv,
  PORT: port(preset),
  ...logEnv,
  ...tracingEnv,
  ...rateLimitEnv,
  ...postgresEnv,
  ...kafkaEnv,
});

import type { Static, TObject } from '@souk/contracts/typebox.ts';
import { allowedHosts, checkAccessConfig } from '../access/access-config.ts';
import type { KeyFile } from '../access/key-file.ts';
import { listOf } from '../config/addresses.ts';
import { httpTls, type KafkaAddress, kafkaAddress } from '../config/encryption.ts';
import type { serviceEnv } from '../config/env-fields.ts';
import { shownSettings } from '../config/shown-settings.ts';
import type { HttpOptions } from '../http/server.ts';
import { createLogger, type Logger } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { type Database, openPostgres } from '../postgres/database.ts';
import { migrate } from '../postgres/migrate.ts';
import { saveSettings } from '../projection/beside.ts';
import { type Load, openLoad } from '../shedding/load.ts';
import { startTracing } from '../tracing/tracing.ts';
import { openAccess } from './access-part.ts';
import { type BesidePart, besidePart, type ProjectionPart } from './beside-part.ts';
import { createHealth, type Health } from './health.ts';
import { openLimits } from './limits-part.ts';
import type { StartupStep } from './startup.ts';

/** What `serviceEnv` reads. */
export type ServiceConfig = Static<TObject<ReturnType<typeof serviceEnv>>>;

/** What every service is made of. Whatever else is opened adds its own steps, checks and stops here. */
export interface ServiceParts {
  name: string;
  config: ServiceConfig;
  log: Logger;
  metrics: Metrics;
  health: Health;
  db: Database;
  /** In a process that builds the tables beside those in use. */
  beside: BesidePart | undefined;
  /** How loaded the process is; whoever knows the age of the outbox tells it. */
  load: Load;
  kafka: KafkaAddress;
  /** The public keys that access tokens are verified by. */
  keyFile: KeyFile;
  /** For buildHttp, which needs a description besides. */
  httpOptions: Omit<HttpOptions, 'description'>;
  /** In order, each tried until it succeeds: the migrations are the first. */
  startup: StartupStep[];
  /** Releases, in the order of what they release was opened; run in reverse. */
  stops: (() => unknown)[];
  /** What a step of the start waits for, named without credentials. */
  waitsFor: { postgres: string; kafka: string };
}

export interface PartsOptions {
  name: string;
  version: string;
  config: ServiceConfig;
  /** The folders of the schema, in order. */
  migrations: URL[];
  projection?: ProjectionPart;
}

/** Opens the parts that every service has: log, metrics, health, traces and Postgres. Nothing is connected yet. */
export const openParts = async ({
  name,
  version,
  config,
  migrations,
  projection,
}: PartsOptions): Promise<ServiceParts> => {
  checkAccessConfig(config);
  const kafka = kafkaAddress(config);
  const log = createLogger(name, config);
  const metrics = createMetrics(name);
  const health = createHealth(name, version);
  const stops: ServiceParts['stops'] = [];

  stops.push(await startTracing({ service: name, version, config }));
  const beside = projection && besidePart({ name, databaseUrl: config.DATABASE_URL, log }, projection);
  const db = openPostgres({
    url: config.DATABASE_URL,
    migrationUrl: beside ? undefined : config.MIGRATION_DATABASE_URL,
    searchPath: beside?.searchPath,
    poolMax: config.DATABASE_POOL_MAX,
    applicationName: beside ? `souk-${name}-beside` : `souk-${name}`,
    metrics,
    log,
  });
  stops.push(() => db.end());
  const load = openLoad(loadLimits(config), db);
  stops.push(load.stop);
  health.dependency('postgres', { check: () => db.ping(), critical: true, neededToServe: true });

  const waitsFor = {
    postgres: `postgres at ${new URL(config.DATABASE_URL).host}`,
    kafka: `kafka at ${config.KAFKA_BROKERS}`,
  };
  const startup: StartupStep[] = [
    {
      waitsFor: waitsFor.postgres,
      start: () => (beside ? beside.begin(db, migrations) : migrate(db, migrations, log, metrics)),
    },
  ];
  if (projection && !beside)
    startup.push({ waitsFor: waitsFor.postgres, start: () => saveSettings(db, projection.settings) });
  const { keyFile, access } = openAccess({ config, kafka, log, health, startup, stops, waitsFor });
  const limits = openLimits({ name, config, log, metrics, health, stops });
  const httpOptions = {
    name,
    version,
    log,
    metrics,
    health,
    settings: shownSettings(config),
    access,
    load,
    limits,
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
    tls: httpTls(config),
    connectionsMax: config.HTTP_CONNECTIONS_MAX,
    operatorsPort: config.OPERATOR_PORT !== undefined,
    trustProxy: config.TRUST_PROXY,
    allowedHosts: allowedHosts(config),
    corsOrigins: listOf(config.CORS_ORIGINS),
    validateResponses: config.VALIDATE_RESPONSES,
  };
  return {
    name,
    config,
    log,
    metrics,
    health,
    db,
    beside,
    load,
    kafka,
    keyFile,
    httpOptions,
    startup,
    stops,
    waitsFor,
  };
};

const loadLimits = (config: ServiceConfig) => ({
  eventLoopDelayMs: config.SHED_EVENT_LOOP_DELAY_MS,
  waitingQueries: config.SHED_WAITING_QUERIES,
  outboxAgeSeconds: config.SHED_OUTBOX_AGE_SECONDS,
  atOnce: config.SHED_AT_ONCE,
  batchesAtOnce: batchesAtOnce(config),
});

/**
 * Few share every connection, and some are read while others wait for Postgres; of many, half of the connections are left
 * to ordinary writes. They are many well before as many are there as are taken at all.
 */
const batchesAtOnce = ({ DATABASE_POOL_MAX: connections, SHED_AT_ONCE: takenMax }: ServiceConfig) => {
  const half = Math.ceil(connections / 2);
  const few = Math.max(
    half,
    Math.min(2 * connections, Math.floor((takenMax || Number.POSITIVE_INFINITY) / 4)),
  );
  return (waiting: number): number => (waiting > few ? half : few);
};

import { userUpdates } from '@souk/contracts/user-updates.ts';
import { createLogger } from '@souk/service-kit/log.ts';
import { createMetrics } from '@souk/service-kit/metrics.ts';
import { outboxRelay } from '@souk/service-kit/outbox/relay.ts';
import { openPostgres } from '@souk/service-kit/postgres/database.ts';
import { createHealth } from '@souk/service-kit/service/health.ts';
import { type AssembledService, assembleService } from '@souk/service-kit/service/service.ts';
import { startTracing } from '@souk/service-kit/tracing/tracing.ts';
import manifest from '../package.json' with { type: 'json' };
import type { UserConfig } from './config.ts';
import { migrateUsers } from './migrations.ts';
import { userHttp } from './user-http.ts';

const name = 'user';

/** The user service out of its parts: accounts and activity over Postgres, and the relay of their events. */
export const buildUserService = async (config: UserConfig): Promise<AssembledService> => {
  const log = createLogger(name, config);
  const metrics = createMetrics(name);
  const health = createHealth(name, manifest.version);
  const stops: (() => unknown)[] = [];

  stops.push(await startTracing({ service: name, version: manifest.version, config }));
  const db = openPostgres({
    url: config.DATABASE_URL,
    poolMax: config.DATABASE_POOL_MAX,
    applicationName: name,
    metrics,
    log,
  });
  stops.push(() => db.end());
  health.dependency('postgres', { check: () => db.ping(), critical: true, neededToServe: true });

  const relay = outboxRelay({
    databaseUrl: config.DATABASE_URL,
    db,
    brokers: config.KAFKA_BROKERS,
    topic: userUpdates,
    log,
    metrics,
  });
  stops.push(() => relay.stop());
  health.dependency('kafka', { check: relay.check, critical: true });

  const http = await userHttp({
    db,
    onCommitted: relay.wake,
    log,
    metrics,
    health,
    version: manifest.version,
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
    validateResponses: config.VALIDATE_RESPONSES,
  });

  const startup = [
    {
      waitsFor: `postgres at ${new URL(config.DATABASE_URL).host}`,
      start: () => migrateUsers({ db, log, metrics }),
    },
    { waitsFor: `kafka at ${config.KAFKA_BROKERS}`, start: relay.connect },
  ];
  return assembleService({ name, log, http, health, config, startup, stops });
};

import { consume } from '@souk/service-kit/consumer/consume.ts';
import { buildHttp } from '@souk/service-kit/http/server.ts';
import { createLogger } from '@souk/service-kit/log.ts';
import { createMetrics } from '@souk/service-kit/metrics.ts';
import { openPostgres } from '@souk/service-kit/postgres/database.ts';
import { migrate } from '@souk/service-kit/postgres/migrate.ts';
import { projectionMigrations } from '@souk/service-kit/projection/migrations.ts';
import { createHealth } from '@souk/service-kit/service/health.ts';
import { type AssembledService, assembleService } from '@souk/service-kit/service/service.ts';
import { startTracing } from '@souk/service-kit/tracing/tracing.ts';
import packageJson from '../package.json' with { type: 'json' };
import type { AnalyticsConfig } from './config.ts';
import { migrations } from './migrations.ts';
import { productProjection } from './projections/product-projection.ts';
import { userProjection } from './projections/user-projection.ts';
import { analyticsRoutes } from './queries/analytics-routes.ts';
import { shopTotals } from './totals/shop-totals.ts';
import { topProducts } from './totals/top-products.ts';

const name = 'analytics';

/** The whole service, wired by hand. Nothing runs and nothing is connected before its start. */
export const buildAnalyticsService = async (config: AnalyticsConfig): Promise<AssembledService> => {
  const stops: (() => unknown)[] = [];
  const log = createLogger(name, config);
  const metrics = createMetrics(name);
  const health = createHealth(name, packageJson.version);

  stops.push(await startTracing({ service: name, version: packageJson.version, config }));
  const db = openPostgres({
    url: config.DATABASE_URL,
    poolMax: config.DATABASE_POOL_MAX,
    applicationName: `souk-${name}`,
    metrics,
    log,
  });
  stops.push(() => db.end());
  health.dependency('postgres', { check: () => db.ping(), critical: true, neededToServe: true });

  const totals = shopTotals(db, metrics);
  stops.push(totals.stop);
  const ranking = topProducts(db, metrics, () => new Date());
  stops.push(ranking.stop);

  const consumption = consume({
    group: name,
    brokers: config.KAFKA_BROKERS,
    fetchWaitMaxMs: config.KAFKA_FETCH_WAIT_MAX_MS,
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
    subscriptions: [userProjection, productProjection],
    db,
    metrics,
    log,
  });
  stops.push(() => consumption.stop());
  health.dependency('kafka', { check: consumption.check, critical: true });

  const http = await buildHttp({
    name,
    version: packageJson.version,
    description: 'What happened in the shop: totals, rankings and series, by the time of the events.',
    log,
    metrics,
    health,
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
    validateResponses: config.VALIDATE_RESPONSES,
  });
  analyticsRoutes(http, db, () => new Date());

  return assembleService({
    name,
    log,
    http,
    health,
    config,
    startup: [
      {
        waitsFor: `postgres at ${new URL(config.DATABASE_URL).host}`,
        start: async () => {
          await migrate(db, [projectionMigrations, migrations], log, metrics);
          totals.start();
          ranking.start();
        },
      },
      { waitsFor: `kafka at ${config.KAFKA_BROKERS}`, start: consumption.join },
    ],
    stops,
  });
};

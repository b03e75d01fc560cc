import { openRedis, type Redis } from '@souk/service-kit/cache/redis.ts';
import { createResponseCache } from '@souk/service-kit/cache/response-cache.ts';
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
import { type RecommendationConfig, scoringOf } from './config.ts';
import { migrations } from './migrations.ts';
import { ensureScoring } from './popularity/scoring-repository.ts';
import { productProjection } from './projections/product-projection.ts';
import { userProjection } from './projections/user-projection.ts';
import { recommendationRepository } from './recommendations/recommendation-repository.ts';
import { recommendationRoutes } from './recommendations/recommendation-routes.ts';

const name = 'recommendation';

/** The whole service, wired by hand. Nothing is consumed or served before its start. */
export const buildRecommendationService = async (config: RecommendationConfig): Promise<AssembledService> => {
  const stops: (() => unknown)[] = [];
  const log = createLogger(name, config);
  const metrics = createMetrics(name);
  const health = createHealth(name, packageJson.version);
  const scoring = scoringOf(config);

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

  let redis: Redis | undefined;
  if (config.REDIS_URL) {
    redis = openRedis({ url: config.REDIS_URL, metrics, log });
    stops.push(redis.close);
    health.dependency('redis', { check: redis.ping, critical: false });
  }
  const cache = createResponseCache({ namespace: `souk:${name}:`, redis, metrics });
  stops.push(cache.close);

  const consumption = consume({
    group: name,
    brokers: config.KAFKA_BROKERS,
    fetchWaitMaxMs: config.KAFKA_FETCH_WAIT_MAX_MS,
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
    subscriptions: [userProjection(scoring), productProjection(scoring)],
    db,
    metrics,
    log,
    // Not awaited: consuming goes on while Redis is gone.
    onCommitted: () => void cache.advance(),
    prepare: () => ensureScoring(db, scoring),
  });
  stops.push(() => consumption.stop());
  health.dependency('kafka', { check: consumption.check, critical: true });

  const http = await buildHttp({
    name,
    version: packageJson.version,
    description: 'What to show to a shopper: products by all-time popularity, or by what is trending now.',
    log,
    metrics,
    health,
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
    validateResponses: config.VALIDATE_RESPONSES,
  });
  recommendationRoutes(http, {
    products: recommendationRepository(db),
    cache,
    halfLifeMs: scoring.halfLifeMs,
    now: () => new Date(),
  });

  const startup = [
    {
      waitsFor: `postgres at ${new URL(config.DATABASE_URL).host}`,
      start: () => migrate(db, [projectionMigrations, migrations], log, metrics),
    },
    { waitsFor: `kafka at ${config.KAFKA_BROKERS}`, start: consumption.join },
  ];
  return assembleService({ name, log, http, health, config, startup, stops });
};

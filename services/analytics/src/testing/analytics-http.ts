import type { Http } from '@souk/service-kit/http/http.ts';
import { buildHttp } from '@souk/service-kit/http/server.ts';
import { createMetrics } from '@souk/service-kit/metrics.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { createHealth } from '@souk/service-kit/service/health.ts';
import { analyticsRoutes } from '../queries/analytics-routes.ts';
import { silentLog } from './analytics-database.ts';

/** The routes over these tables, at a time that stands still, with every answer checked against its schema. */
export const analyticsHttp = async (db: Database, now: () => Date): Promise<Http> => {
  const health = createHealth('analytics', '0.0.0');
  health.started();
  const http = await buildHttp({
    name: 'analytics',
    version: '0.0.0',
    description: '',
    log: silentLog,
    metrics: createMetrics('test'),
    health,
    bodyLimitBytes: 10_000,
    validateResponses: true,
  });
  analyticsRoutes(http, db, now);
  await http.ready();
  return http;
};

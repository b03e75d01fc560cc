import type { Http } from '@souk/service-kit/http/http.ts';
import { createMetrics } from '@souk/service-kit/metrics.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { createHealth } from '@souk/service-kit/service/health.ts';
import { analyticsHttp } from '../analytics-http.ts';
import { silentLog } from './analytics-database.ts';

/** The routes over these tables, at a time that stands still, with every answer checked against its schema. */
export const testHttp = async (db: Database, now: () => Date): Promise<Http> => {
  const health = createHealth('analytics', '0.0.0');
  health.started();
  const http = await analyticsHttp({
    db,
    now,
    streamsMax: 2,
    version: '0.0.0',
    log: silentLog,
    metrics: createMetrics('test'),
    health,
    bodyLimitBytes: 10_000,
    validateResponses: true,
  });
  await http.ready();
  return http;
};

import type { Http } from '@souk/service-kit/http/http.ts';
import { createMetrics } from '@souk/service-kit/metrics.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { silent } from '@souk/service-kit/testing/ledger.ts';
import { testHttpOptions } from '@souk/service-kit/testing/test-http.ts';
import { analyticsHttp } from '../analytics-http.ts';

/** The routes over these tables, at a time that stands still, with every answer checked against its schema. */
export const testHttp = async (db: Database, now: () => Date): Promise<Http> => {
  const http = await analyticsHttp({
    ...testHttpOptions('analytics', { log: silent, metrics: createMetrics('test') }),
    ...{ db, now, streamsMax: 2, bodyLimitBytes: 10_000 },
  });
  await http.ready();
  return http;
};

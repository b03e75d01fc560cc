import type { Http } from '@souk/service-kit/http/http.ts';
import { buildHttp, type HttpOptions } from '@souk/service-kit/http/server.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import { positionRoutes } from '@souk/service-kit/projection/position-routes.ts';
import { experimentQuery } from './experiments/experiment-query.ts';
import { experimentRoutes } from './experiments/experiment-routes.ts';
import { calendar } from './queries/calendar.ts';
import { cohortRoutes } from './queries/cohort-routes.ts';
import { eventRepository } from './queries/event-repository.ts';
import { eventRoutes } from './queries/event-routes.ts';
import { funnelRoutes } from './queries/funnel-routes.ts';
import { journeyRepository } from './queries/journey-repository.ts';
import { productRepository } from './queries/product-repository.ts';
import { productRoutes } from './queries/product-routes.ts';
import { summaryRepository } from './queries/summary-repository.ts';
import { readSummary, summaryRoutes } from './queries/summary-routes.ts';
import { userRepository } from './queries/user-repository.ts';
import { userRoutes } from './queries/user-routes.ts';
import { streamRoutes } from './stream/stream-routes.ts';

export interface AnalyticsHttpOptions extends Omit<HttpOptions, 'name' | 'description'> {
  db: Database;
  /** Where windows end. */
  now: () => Date;
  /** Unless given, the currency that most purchases are in. */
  shopCurrency?: string | undefined;
  /** Streams open at once. */
  streamsMax: number;
}

/** The HTTP side of the analytics service over a database whose schema is up to date. */
export const analyticsHttp = async ({
  db,
  now,
  shopCurrency,
  streamsMax,
  ...options
}: AnalyticsHttpOptions): Promise<Http> => {
  const http = await buildHttp({
    ...options,
    name: 'analytics',
    description: 'What happened in the shop: totals, rankings and series, by the time of the events.',
  });
  positionRoutes(http, db);
  const zones = calendar(db);
  const summaries = summaryRepository(db, shopCurrency);
  summaryRoutes(http, { summaries, now });
  productRoutes(http, { products: productRepository(db, shopCurrency), calendar: zones, now });
  userRoutes(http, { users: userRepository(db, shopCurrency), calendar: zones, now });
  experimentRoutes(http, { experiments: experimentQuery(db) });
  eventRoutes(http, { events: eventRepository(db), calendar: zones, now });
  const journeys = journeyRepository(db);
  funnelRoutes(http, { journeys, now });
  cohortRoutes(http, { journeys, calendar: zones, now });
  streamRoutes(http, {
    read: async (window) => JSON.stringify(await readSummary(summaries, window, now())),
    metrics: options.metrics,
    streamsMax,
    revoked: options.access?.revoked,
  });
  return http;
};

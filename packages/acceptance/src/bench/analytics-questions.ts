import { type AnalyticsSize, busyProducts, busyUsers, shopId } from './analytics-tables.ts';

const dayMs = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * dayMs).toISOString();
const anyOf = (count: number) => 1 + Math.floor(Math.random() * count);
const at = (path: string) => () => `/api/v1/analytics/${path}`;

/** A name, the path, and what the answer shall be, JSON unless told. */
export type AnalyticsQuestion = [name: string, path: () => string, accept?: string];

/** Each question that analytics answers; the stream sends the summary. */
export const analyticsQuestions = (size: AnalyticsSize): AnalyticsQuestion[] => {
  const product = (count: number, query: string) => () =>
    `/api/v1/analytics/products/${shopId(anyOf(count))}?${query}`;
  const busy = (query: string) => product(busyProducts(size), query);
  return [
    ...['1h', '24h', '7d', '30d', 'all'].map(
      (window): AnalyticsQuestion => [`summary, ${window}`, at(`summary?window=${window}`)],
    ),
    ['products/top by views, 24h, 10', at('products/top?metric=views&window=24h')],
    ['products/top by revenue, all, 100', at('products/top?metric=revenue&window=all&limit=100')],
    ['products/top by units, 30d, 100', at('products/top?metric=units&window=30d&limit=100')],
    ['products/{any}, 24 hours', product(size.products, 'granularity=hour')],
    ['products/{busy}, 1,440 minutes', busy('granularity=minute')],
    ['products/{busy}, 1,440 minutes, as CSV', busy('granularity=minute'), 'text/csv'],
    ['products/{busy}, 24 hours', busy('granularity=hour')],
    ['products/{busy}, 90 days by the hour', busy(`granularity=hour&from=${daysAgo(89)}`)],
    ['products/{busy}, 30 days', busy('granularity=day')],
    ['products/{busy}, 730 days', busy(`granularity=day&from=${daysAgo(729)}`)],
    ['products/{busy}, 30 days of Berlin', busy('granularity=day&timezone=Europe/Berlin')],
    [
      'products/{busy}, 80 days of Karachi',
      busy(`granularity=day&timezone=Asia/Karachi&from=${daysAgo(80)}`),
    ],
    ['products/{busy}, a year of weeks', busy(`granularity=week&from=${daysAgo(365)}`)],
    ['products/{busy}, 12 weeks of Berlin', busy('granularity=week&timezone=Europe/Berlin')],
    ['users/active, 30 days', at('users/active?granularity=day')],
    ['users/active, 104 weeks', at(`users/active?granularity=week&from=${daysAgo(728)}`)],
    ['users/active, 24 months', at(`users/active?granularity=month&from=${daysAgo(729)}`)],
    ['users/{any}', () => `/api/v1/analytics/users/${shopId(anyOf(size.users))}`],
    ['users/{busy}: 100 types, 2,000 products', () => `/api/v1/analytics/users/${shopId(anyOf(busyUsers))}`],
    ['funnel, 24h', at('funnel?window=24h')],
    ['funnel, 30d', at('funnel?window=30d')],
    ['cohorts, 12 weeks', at('cohorts')],
    ['cohorts, 104 weeks', at('cohorts?weeks=104')],
    ['cohorts, 104 weeks, as CSV', at('cohorts?weeks=104'), 'text/csv'],
    ['experiments/{name}, 8 variants', at('experiments/bench')],
    ...events,
  ];
};

const events: AnalyticsQuestion[] = [
  ['events, 24 hours', at('events')],
  ['events, 1,440 minutes', at('events?granularity=minute')],
  ['events, 1,440 minutes, as CSV', at('events?granularity=minute'), 'text/csv'],
  ['events, 90 days by the hour', at(`events?granularity=hour&from=${daysAgo(89)}`)],
  ['events, 30 days', at('events?granularity=day')],
  ['events, 730 days', at(`events?granularity=day&from=${daysAgo(729)}`)],
  ['events, 24 months', at(`events?granularity=month&from=${daysAgo(729)}`)],
  ['events, 30 days of Berlin', at('events?granularity=day&timezone=Europe/Berlin')],
  ['events, 89 days of Berlin', at(`events?granularity=day&timezone=Europe/Berlin&from=${daysAgo(88)}`)],
  ['events, 12 weeks of New York', at('events?granularity=week&timezone=America/New_York')],
];

/** What depends on the number of activity types. */
export const manyTypes: AnalyticsQuestion[] = [
  ['summary, 24h', at('summary?window=24h')],
  ['summary, 7d', at('summary?window=7d')],
  ['summary, 30d', at('summary?window=30d')],
  ['summary, all', at('summary?window=all')],
  ...events,
];

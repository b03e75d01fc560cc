import { type AnalyticsSize, busyProducts, busyUsers, shopId } from './analytics-tables.ts';

const dayMs = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * dayMs).toISOString();
const anyOf = (count: number) => 1 + Math.floor(Math.random() * count);
const at = (path: string) => () => `/api/v1/analytics/${path}`;

/** A path for each question that analytics answers, under a name. */
export const analyticsQuestions = (size: AnalyticsSize): [string, () => string][] => {
  const product = (count: number, query: string) => () =>
    `/api/v1/analytics/products/${shopId(anyOf(count))}?${query}`;
  const busy = (query: string) => product(busyProducts(size), query);
  return [
    ...['1h', '24h', '7d', '30d', 'all'].map((window): [string, () => string] => [
      `summary, ${window}`,
      at(`summary?window=${window}`),
    ]),
    ['products/top by views, 24h, 10', at('products/top?metric=views&window=24h')],
    ['products/top by revenue, all, 100', at('products/top?metric=revenue&window=all&limit=100')],
    ['products/{any}, 24 hours', product(size.products, 'granularity=hour')],
    ['products/{busy}, 1,440 minutes', busy('granularity=minute')],
    ['products/{busy}, 24 hours', busy('granularity=hour')],
    ['products/{busy}, 90 days by the hour', busy(`granularity=hour&from=${daysAgo(89)}`)],
    ['products/{busy}, 30 days', busy('granularity=day')],
    ['products/{busy}, 730 days', busy(`granularity=day&from=${daysAgo(729)}`)],
    ['products/{busy}, 30 days of Berlin', busy('granularity=day&timezone=Europe/Berlin')],
    [
      'products/{busy}, 80 days of Karachi',
      busy(`granularity=day&timezone=Asia/Karachi&from=${daysAgo(80)}`),
    ],
    ['users/active, 30 days', at('users/active?granularity=day')],
    ['users/active, 104 weeks', at(`users/active?granularity=week&from=${daysAgo(728)}`)],
    ['users/{any}', () => `/api/v1/analytics/users/${shopId(anyOf(size.users))}`],
    ['users/{busy}: 100 types, 2,000 products', () => `/api/v1/analytics/users/${shopId(anyOf(busyUsers))}`],
    ['funnel, 24h', at('funnel?window=24h')],
    ['funnel, 30d', at('funnel?window=30d')],
    ['cohorts, 12 weeks', at('cohorts')],
    ['cohorts, 104 weeks', at('cohorts?weeks=104')],
    ['experiments/{name}, 8 variants', at('experiments/bench')],
    ...events,
  ];
};

const events: [string, () => string][] = [
  ['events, 24 hours', at('events')],
  ['events, 1,440 minutes', at('events?granularity=minute')],
  ['events, 30 days', at('events?granularity=day')],
  ['events, 30 days of Berlin', at('events?granularity=day&timezone=Europe/Berlin')],
];

/** What depends on the number of activity types. */
export const manyTypes: [string, () => string][] = [
  ['summary, 24h', at('summary?window=24h')],
  ['summary, 30d', at('summary?window=30d')],
  ...events,
];

import { type AnalyticsSize, busyProducts, busyUsers, shopId } from './analytics-tables.ts';

const dayMs = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * dayMs).toISOString();
const anyOf = (count: number) => 1 + Math.floor(Math.random() * count);
const at = (path: string) => () => `/api/v1/analytics/${path}`;

/** A name, the path, and what the answer shall be, JSON unless told. */
export type AnalyticsQuestion = [name: string, path: () => string, accept?: string];

/** Two days of minutes, 90 days of hours and two years of days are kept; a series may ask for buckets before. */
const series: [name: string, query: () => string][] = [
  ['24 hours', () => 'granularity=hour'],
  ['1,440 minutes', () => 'granularity=minute'],
  ['1,500 minutes', () => `granularity=minute&from=${daysAgo(1_498 / 1_440)}`],
  ['1,500 hours', () => `granularity=hour&from=${daysAgo(1_498 / 24)}`],
  ['30 days', () => 'granularity=day'],
  ['730 days', () => `granularity=day&from=${daysAgo(729)}`],
  ['1,500 days', () => `granularity=day&from=${daysAgo(1_498)}`],
  ['104 weeks', () => `granularity=week&from=${daysAgo(728)}`],
  ['24 months', () => `granularity=month&from=${daysAgo(729)}`],
  ['2 days of Kathmandu', () => `granularity=day&timezone=Asia/Kathmandu&from=${daysAgo(1)}`],
  ['30 days of Berlin', () => 'granularity=day&timezone=Europe/Berlin'],
  ['89 days of Berlin', () => `granularity=day&timezone=Europe/Berlin&from=${daysAgo(88)}`],
  ['12 weeks of New York', () => 'granularity=week&timezone=America/New_York'],
];
const long = series.filter(([name]) => /minutes|1,500/.test(name));
const ofDays = series.filter(([name]) => /^30 days$|730|104|24 months|1,500 days/.test(name));

const csv = ([name, path]: AnalyticsQuestion): AnalyticsQuestion => [`${name}, as CSV`, path, 'text/csv'];

/** Each question that analytics answers, with what makes its answer long; the stream reads the summary. */
export const analyticsQuestions = (size: AnalyticsSize): AnalyticsQuestion[] => {
  const windows = ['1h', '24h', '7d', '30d', 'all'];
  const ofBusy = ([name, query]: (typeof series)[number]): AnalyticsQuestion => [
    `products/{busy}, ${name}`,
    () => `/api/v1/analytics/products/${shopId(anyOf(busyProducts(size)))}?${query()}`,
  ];
  const top = at('products/top?metric=units&window=30d&limit=100');
  const cohorts: AnalyticsQuestion = ['cohorts, 104 weeks', at('cohorts?weeks=104')];
  return [
    ...windows.map((window): AnalyticsQuestion => [`summary, ${window}`, at(`summary?window=${window}`)]),
    ['products/top by views, 24h, 10', at('products/top?metric=views&window=24h')],
    ['products/top by revenue, all, 100', at('products/top?metric=revenue&window=all&limit=100')],
    ['products/top by units, 30d, 100', top],
    csv(['products/top by units, 30d, 100', top]),
    [
      'products/{any}, 24 hours',
      () => `/api/v1/analytics/products/${shopId(anyOf(size.products))}?granularity=hour`,
    ],
    ...series.map(ofBusy),
    ...long.map((one) => csv(ofBusy(one))),
    ...ofDays.map(
      ([name, query]): AnalyticsQuestion => [
        `users/active, ${name}`,
        () => `/api/v1/analytics/users/active?${query()}`,
      ],
    ),
    ['users/{any}', () => `/api/v1/analytics/users/${shopId(anyOf(size.users))}`],
    ['users/{busy}: 100 types, 10,000 products', () => `/api/v1/analytics/users/${shopId(anyOf(busyUsers))}`],
    ...windows.map((window): AnalyticsQuestion => [`funnel, ${window}`, at(`funnel?window=${window}`)]),
    ['cohorts, 12 weeks', at('cohorts')],
    cohorts,
    csv(cohorts),
    ['experiments/{name}, 8 variants', at('experiments/bench')],
    ...series.map(ofEvents),
    ...long.map((one) => csv(ofEvents(one))),
  ];
};

const ofEvents = ([name, query]: (typeof series)[number]): AnalyticsQuestion => [
  `events, ${name}`,
  () => `/api/v1/analytics/events?${query()}`,
];

/** Of a shop whose days are those of Berlin. */
export const questionsOfBerlin = (size: AnalyticsSize): AnalyticsQuestion[] =>
  analyticsQuestions(size).filter(([name]) =>
    /^(events|products\/\{busy\}|users\/active), (730 days|1,500 days|104|24 months|89)|^cohorts, 104/.test(
      name,
    ),
  );

import type { Dashboard } from './dashboard.ts';
import type { Panel } from './panel.ts';
import { neutral } from './thresholds.ts';

/** Every replica of analytics shows the same totals: those recorded are one series, which outlives a rollout. */
const registrations = 'service:souk_registrations_total:max1m';
const activity = 'service_type:souk_activity_total:max1m';
const purchases = 'service:souk_purchases_total:max1m';
const units = 'service:souk_units_sold_total:max1m';
const revenue = 'service:souk_revenue_minor_total:max1m';

const inRange = (total: string) => `increase(${total}[$__range])`;
const perHour = (total: string) => `3600 * rate(${total}[$__rate_interval])`;

const figure = (title: string, description: string, expr: string, unit = 'short'): Panel => ({
  kind: 'stat',
  title,
  description,
  unit,
  thresholds: neutral,
  queries: [{ expr }],
});
const course = (title: string, description: string, expr: string, unit = 'short', legend = title): Panel => ({
  kind: 'graph',
  title,
  description,
  unit,
  thresholds: neutral,
  queries: [{ expr, legend }],
});

const topProducts = `Products are without number, so they are no labels of metrics. The ranking is an answer of the analytics service:

- [revenue, 24 hours](http://localhost:8083/api/v1/analytics/products/top?metric=revenue&window=24h)
- [units, 24 hours](http://localhost:8083/api/v1/analytics/products/top?metric=units&window=24h)
- [views, last hour](http://localhost:8083/api/v1/analytics/products/top?metric=views&window=1h)
- [likes, 7 days](http://localhost:8083/api/v1/analytics/products/top?metric=likes&window=7d)

As CSV: \`curl -H 'accept: text/csv' localhost:8083/api/v1/analytics/products/top?metric=revenue\`. The service has more: series by product, the funnel, active users (see its [/docs](http://localhost:8083/docs)).`;

/** What happens in the shop, as analytics has counted it. */
export const business: Dashboard = {
  uid: 'souk-business',
  title: 'Business',
  description:
    'What happens in the shop, as analytics has counted it. After a rebuild the past counts once more here.',
  rows: [
    {
      title: 'In the time shown',
      panels: [
        figure('Registrations', 'New users.', inRange(registrations)),
        figure('Activity', 'Events of users, of every type.', `sum(${inRange(activity)})`),
        figure('Purchases', 'Purchase lines.', inRange(purchases)),
        figure('Units sold', 'The quantities of the purchase lines.', inRange(units)),
        figure(
          'Revenue',
          'Quantity times unit price, in major units whatever the currency.',
          `${inRange(revenue)} / 100`,
        ),
        figure(
          'Average purchase',
          'Revenue of one purchase line.',
          `${inRange(revenue)} / 100 / (${inRange(purchases)} > 0)`,
        ),
      ],
    },
    {
      title: 'Course, per hour',
      panels: [
        course('Registrations', 'New users per hour.', perHour(registrations)),
        course(
          'Activity by type',
          'Events per hour: those that weigh in recommendations by name, all others together.',
          perHour(activity),
          'short',
          '{{type}}',
        ),
        course('Purchases', 'Purchase lines per hour.', perHour(purchases)),
        course('Revenue', 'Quantity times unit price per hour, in major units.', `${perHour(revenue)} / 100`),
      ],
    },
    {
      title: 'Since the beginning',
      panels: [
        figure('Users ever registered', 'Deleted ones included.', registrations),
        figure('Activity', 'Events of users, of every type.', `sum(${activity})`),
        figure('Purchases', 'Purchase lines.', purchases),
        figure(
          'Revenue',
          'Quantity times unit price, in major units whatever the currency.',
          `${revenue} / 100`,
        ),
      ],
    },
    {
      title: 'Products and conversion',
      panels: [
        {
          kind: 'text',
          title: 'Top products',
          description: 'Where the rankings are.',
          content: topProducts,
          width: 12,
        },
        {
          kind: 'graph',
          title: 'Purchases per view',
          description: 'Purchase lines for one view. A fall with steady views is a shop that does not sell.',
          unit: 'percentunit',
          thresholds: neutral,
          width: 12,
          queries: [
            {
              expr: `sum(${perHour(purchases)}) / (sum(${perHour(`${activity}{type="view"}`)}) > 0)`,
              legend: 'purchases per view',
            },
          ],
        },
      ],
    },
  ],
};

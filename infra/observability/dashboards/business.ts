import { type Dashboard, row } from './dashboard.ts';
import { bars, graph, stat } from './panel.ts';
import { neutral } from './thresholds.ts';

/** Every replica of analytics shows the same totals: those recorded are one series, which outlives a rollout. */
const registrations = 'service:souk_registrations_total:max1m';
const activity = 'service_type:souk_activity_total:max1m';
const purchases = 'service:souk_purchases_total:max1m';
const units = 'service:souk_units_sold_total:max1m';
const revenue = 'service:souk_revenue_minor_total:max1m';

const inRange = (total: string) => `increase(${total}[$__range])`;
const perHour = (total: string) => `3600 * rate(${total}[$__rate_interval])`;

/** What replicas of the product service counted, each for itself. */
const ofOrders = (counter: string, by: string) =>
  `3600 * sum by (${by}) (rate(${counter}{job="souk"}[$__rate_interval]))`;

const counted = { unit: 'short', thresholds: neutral };
const figure = (title: string, description: string, expr: string) => stat(title, description, counted, expr);
const course = (title: string, description: string, expr: string, legend = title) =>
  graph(title, description, counted, [expr, legend]);

const ranking = (metric: string, window: string) =>
  `\${analytics:raw}/api/v1/analytics/products/top?metric=${metric}&window=${window}`;

/** Every replica of analytics shows the same; the largest comes first. */
const byRank = (gauge: string, per = '') => `sort_desc(max by (rank) (${gauge}{job="souk"})${per})`;

const top = (title: string, description: string, expr: string, metric: string) =>
  bars(
    title,
    `${description} By rank; the link tells which product it is. A rank without a product is not shown.`,
    { ...counted, links: [{ title: 'The names, from the API', url: ranking(metric, '24h') }] },
    [expr, '{{rank}}'],
  );

const rankings = `Products are unbounded, so a metric has their ranks and not their names. Analytics answers with both:

- [revenue, 24 hours](${ranking('revenue', '24h')})
- [units, 24 hours](${ranking('units', '24h')})
- [views, last hour](${ranking('views', '1h')})
- [likes, 7 days](${ranking('likes', '7d')})

It can be asked for other metrics and windows, and for the course of one product: see its [documentation](\${analytics:raw}/docs). Its address is the variable at the top.`;

/** What happens in the shop, as analytics has counted it. */
export const business: Dashboard = {
  uid: 'souk-business',
  title: 'Business',
  description:
    'What happens in the shop, as analytics has counted it. After a rebuild the past counts once more here.',
  addresses: [{ name: 'analytics', label: 'Address of analytics', usual: 'http://localhost:8083' }],
  rows: [
    row(
      'In the time shown',
      figure('Registrations', 'New users.', inRange(registrations)),
      figure('Activity', 'Events of users, of every type.', `sum(${inRange(activity)})`),
      figure('Purchases', 'Purchase lines.', inRange(purchases)),
      figure('Units sold', 'The quantities of the purchase lines.', inRange(units)),
      figure(
        'Revenue',
        'Sold in the own currency of the shop, also what came back later, in hundreds of its minor units.',
        `${inRange(revenue)} / 100`,
      ),
      figure(
        'Average purchase',
        'Revenue in the own currency of the shop for each purchase line of any currency.',
        `${inRange(revenue)} / 100 / (${inRange(purchases)} > 0)`,
      ),
    ),
    row(
      'Course, per hour',
      course('Registrations', 'New users per hour.', perHour(registrations)),
      course(
        'Activity by type',
        'Events per hour: those that weigh in recommendations by name, all others together.',
        perHour(activity),
        '{{type}}',
      ),
      course('Purchases', 'Purchase lines per hour.', perHour(purchases)),
      course(
        'Revenue',
        'Sold per hour in the own currency of the shop, in hundreds of its minor units.',
        `${perHour(revenue)} / 100`,
      ),
    ),
    row(
      'Orders, per hour',
      course(
        'Checkouts',
        'By what became of them: an order, or why not. Many that differ are prices or stock that change while carts wait.',
        ofOrders('souk_checkouts_total', 'outcome'),
        '{{outcome}}',
      ),
      course(
        'Payments',
        'Messages of payment providers and of operators, repeats left out. Checkouts without payments are a provider that is not heard.',
        ofOrders('souk_payment_messages_total', 'kind'),
        '{{kind}}',
      ),
      course(
        'Cancellations and returns',
        'Whole orders or pieces of them; unpaid are those whose time to pay was over.',
        ofOrders('souk_orders_taken_back_total', 'kind'),
        '{{kind}}',
      ),
    ),
    row(
      'Since the beginning',
      figure('Users ever registered', 'Deleted ones included.', registrations),
      figure('Activity', 'Events of users, of every type.', `sum(${activity})`),
      figure('Purchases', 'Purchase lines.', purchases),
      figure(
        'Revenue',
        'Sold in the own currency of the shop, also what came back later, in hundreds of its minor units.',
        `${revenue} / 100`,
      ),
    ),
    row(
      'Top products, last 24 hours',
      top(
        'Top products by revenue',
        'Net revenue of the ten products that earned most, in hundreds of minor units of the own currency of the shop.',
        byRank('souk_top_product_revenue_minor', ' / 100'),
        'revenue',
      ),
      top(
        'Top products by units',
        'Units sold of the ten products of which most were sold.',
        byRank('souk_top_product_units_sold'),
        'units',
      ),
      {
        kind: 'text',
        title: 'Names of the top products',
        description: 'Links to the rankings of the analytics service, which have the names.',
        content: rankings,
      },
    ),
    row(
      'Conversion',
      graph(
        'Purchases per view',
        'Purchase lines for one view. A fall with steady views is a shop that does not sell.',
        { unit: 'percentunit', thresholds: neutral },
        [
          `sum(${perHour(purchases)}) / (sum(${perHour(`${activity}{type="view"}`)}) > 0)`,
          'purchases per view',
        ],
      ),
    ),
  ],
};

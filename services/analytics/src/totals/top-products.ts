import type { Metrics } from '@souk/service-kit/metrics.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import type { PeriodicTask } from '@souk/service-kit/service/periodic-task.ts';
import { productRepository } from '../queries/product-repository.ts';

const readIntervalMs = 5_000;
const ranksMax = 10;

/**
 * What the best products of the last 24 hours sold, as metrics by rank ("1" to "10"): `souk_top_product_revenue_minor`
 * (minor units) and `souk_top_product_units_sold`, each ranked by itself as `products/top` ranks. A rank that no
 * product has is absent. Which product it is, `products/top` tells: products are unbounded, and so no labels.
 */
export const topProducts = (db: Database, metrics: Metrics): PeriodicTask => {
  const products = productRepository(db);
  const rankings = [
    {
      metric: 'revenue',
      gauge: metrics.gauge(
        'souk_top_product_revenue_minor',
        'Revenue of the product at this rank in the last 24 hours, in minor units',
        ['rank'],
      ),
    },
    {
      metric: 'units',
      gauge: metrics.gauge(
        'souk_top_product_units_sold',
        'Units sold of the product at this rank in the last 24 hours',
        ['rank'],
      ),
    },
  ] as const;

  const read = async () => {
    for (const { metric, gauge } of rankings) {
      const ranked = await products.top(metric, '24h', ranksMax);
      gauge.reset();
      for (const [index, { value }] of ranked.entries()) gauge.set({ rank: `${index + 1}` }, Number(value));
    }
  };
  return { name: 'read the top products', intervalMs: readIntervalMs, run: read };
};

import type { Metrics } from '@souk/service-kit/metrics.ts';
import type { Database } from '@souk/service-kit/postgres/database.ts';
import type { PeriodicTask } from '@souk/service-kit/service/periodic-task.ts';
import { readTotals } from './totals-repository.ts';

const readIntervalMs = 5_000;

/**
 * The totals of the shop since its beginning, as metrics: `souk_registrations_total`, `souk_activity_total{type}`,
 * `souk_purchases_total`, `souk_units_sold_total`, `souk_revenue_minor_total` (minor units of the shop's own currency, with
 * what came back later: a return lowers no counter). They are read from the tables, so they survive a restart, and every
 * replica shows the same: take their maximum, not their sum. Without `shopCurrency` revenue is another amount once another
 * currency has most purchases; a rebuild in place begins all at 0 again.
 */
export const shopTotals = (db: Database, metrics: Metrics, shopCurrency?: string): PeriodicTask => {
  const show = totalsMetrics(metrics);
  return {
    name: 'read the totals of the shop',
    intervalMs: readIntervalMs,
    run: async () => show(await readTotals(db, shopCurrency)),
  };
};

const totalsMetrics = (metrics: Metrics) => {
  const registrations = metrics.counter('souk_registrations_total', 'Users ever registered');
  const activity = metrics.counter('souk_activity_total', 'Activities by type', ['type']);
  const purchases = metrics.counter('souk_purchases_total', 'Purchase lines');
  const units = metrics.counter('souk_units_sold_total', 'Quantities of the purchase lines');
  const revenue = metrics.counter(
    'souk_revenue_minor_total',
    'Quantity times unit price, in minor units of the own currency',
  );
  // A zero before the first reading would look like a shop that sells everything it ever sold at once.
  for (const counter of [registrations, purchases, units, revenue]) counter.remove();

  const set = (counter: typeof registrations, total: number) => {
    counter.reset();
    counter.inc(total);
  };
  return (totals: Awaited<ReturnType<typeof readTotals>>): void => {
    set(registrations, totals.registrations);
    set(purchases, totals.purchases);
    set(units, totals.units);
    set(revenue, totals.revenue_minor);
    activity.reset();
    for (const { type, count } of totals.activity) activity.inc({ type }, count);
  };
};

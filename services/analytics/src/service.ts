import { configError } from '@souk/service-kit/config/config-error.ts';
import { openConsumer } from '@souk/service-kit/service/kafka-parts.ts';
import { openParts } from '@souk/service-kit/service/parts.ts';
import { openPeriodicTask } from '@souk/service-kit/service/periodic-task.ts';
import { type AssembledService, assembleService } from '@souk/service-kit/service/service.ts';
import manifest from '../package.json' with { type: 'json' };
import { analyticsHttp } from './analytics-http.ts';
import { type AnalyticsConfig, projectionSettings } from './config.ts';
import { experimentClosing } from './experiments/closing.ts';
import { ensureExperiments, experimentsOf } from './experiments/experiment-settings.ts';
import { migrations } from './migrations.ts';
import { productProjection } from './projections/product-projection.ts';
import { userProjection } from './projections/user-projection.ts';
import { isTimeZone, timeZoneFault } from './queries/time-zone.ts';
import { totalsRepair } from './rollups/activity-totals.ts';
import { bucketMs } from './rollups/bucket.ts';
import { productFolding } from './rollups/product-folding.ts';
import { rollupRetention } from './rollups/retention.ts';
import { ensureShopZone } from './rollups/shop-time-zone.ts';
import { unknownProductsRemoval } from './rollups/unknown-products.ts';
import { shopTotals } from './totals/shop-totals.ts';
import { topProducts } from './totals/top-products.ts';

/** While much happens, figures may be a little late: that makes transactions fewer. */
const restMs = 75;

/** The analytics service: rollups out of events, and the totals that are metrics. */
export const buildAnalyticsService = async (config: AnalyticsConfig): Promise<AssembledService> => {
  const experiments = experimentsOf(config);
  const shopZone = config.SHOP_TIMEZONE;
  if (!isTimeZone(shopZone)) throw configError([`SHOP_TIMEZONE ${timeZoneFault}`]);
  if (config.MINUTES_KEPT_HOURS * bucketMs.hour > config.HOURS_KEPT_DAYS * bucketMs.day)
    throw configError(['MINUTES_KEPT_HOURS must not be longer than HOURS_KEPT_DAYS']);
  const parts = await openParts({
    name: 'analytics',
    version: manifest.version,
    config,
    migrations,
    projection: { env: config, settings: projectionSettings(config) },
  });
  const { db, metrics, log } = parts;
  const now = () => new Date();
  const shopCurrency = config.SHOP_CURRENCY;
  const folding = productFolding(db, { log, now, shopCurrency, rests: !parts.beside });
  const periodic = [
    shopTotals(db, metrics, shopCurrency),
    topProducts(db, metrics),
    totalsRepair(db),
    unknownProductsRemoval(db, config.UNKNOWN_PRODUCT_DAYS),
    experimentClosing(db, now),
    rollupRetention(db, {
      minute: config.MINUTES_KEPT_HOURS * bucketMs.hour,
      hour: config.HOURS_KEPT_DAYS * bucketMs.day,
    }),
  ];
  for (const { start, stop } of [folding, ...periodic.map((task) => openPeriodicTask(task, log))]) {
    parts.startup.push({ waitsFor: parts.waitsFor.postgres, start });
    parts.stops.push(stop);
  }
  const users = userProjection({
    activityTypesMax: config.ACTIVITY_TYPES_MAX,
    ...(shopCurrency && { currency: shopCurrency }),
    experiments,
  });
  openConsumer(parts, config, {
    subscriptions: [users, productProjection(experiments)],
    restMs,
    onCommitted: folding.wake,
    prepare: async () => {
      await ensureShopZone(db, shopZone);
      await ensureExperiments(db, experiments);
    },
  });
  const streamsMax = Math.min(config.STREAMS_MAX, Math.floor(config.HTTP_CONNECTIONS_MAX / 2));
  const http = await analyticsHttp({ ...parts.httpOptions, db, now, shopCurrency, streamsMax });
  return assembleService(parts, http);
};

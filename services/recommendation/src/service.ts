import { openCache } from '@souk/service-kit/service/cache-part.ts';
import { openConsumer } from '@souk/service-kit/service/kafka-parts.ts';
import { openParts } from '@souk/service-kit/service/parts.ts';
import { type AssembledService, assembleService } from '@souk/service-kit/service/service.ts';
import manifest from '../package.json' with { type: 'json' };
import { projectionSettings, type RecommendationConfig, scoringOf } from './config.ts';
import { variantsOf } from './experiments/variants.ts';
import { migrations } from './migrations.ts';
import { ensureScoring } from './popularity/scoring-repository.ts';
import { productProjection } from './projections/product-projection.ts';
import { userProjection } from './projections/user-projection.ts';
import { recommendationHttp } from './recommendation-http.ts';

/** The recommendation service: what shoppers did, out of events, read through a cache. */
export const buildRecommendationService = async (config: RecommendationConfig): Promise<AssembledService> => {
  const own = scoringOf(config);
  const variants = variantsOf(config, own);
  const scoring = { ...own, ...(variants.other && { other: variants.other }) };
  const parts = await openParts({
    name: 'recommendation',
    version: manifest.version,
    config,
    migrations,
    projection: { env: config, settings: projectionSettings(config) },
  });
  const { db } = parts;
  const cache = openCache(parts, config);
  openConsumer(parts, config, {
    subscriptions: [userProjection(scoring), productProjection(scoring)],
    // Not awaited: consuming goes on while Redis is gone.
    onCommitted: () => void cache.advance(),
    prepare: () => ensureScoring(db, scoring),
  });
  const http = await recommendationHttp({
    ...parts.httpOptions,
    db,
    cache,
    scoring,
    variants,
    now: () => new Date(),
  });
  return assembleService(parts, http);
};

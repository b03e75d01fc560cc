import type { Static, TObject } from '@souk/contracts/typebox.ts';
import type { AccessMode } from '../access/access.ts';
import { openRedis } from '../cache/redis.ts';
import { redisTls } from '../config/encryption.ts';
import type { rateLimitEnv } from '../config/env-fields.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { LimitOptions } from '../rate-limit/limit-requests.ts';
import { type Limit, readLimit } from '../rate-limit/limits.ts';
import { createRateLimiter } from '../rate-limit/rate-limiter.ts';
import type { Health } from './health.ts';

interface LimitParts {
  name: string;
  config: Static<TObject<typeof rateLimitEnv>> & { AUTH_MODE: AccessMode };
  log: Logger;
  metrics: Metrics;
  health: Health;
  stops: (() => unknown)[];
}

/** Opens the limits of what one caller may do; undefined where RATE_LIMITS is off, as it is in an open service. */
export const openLimits = ({
  name,
  config,
  log,
  metrics,
  health,
  stops,
}: LimitParts): LimitOptions | undefined => {
  const own = metrics.counter(
    'rate_limit_own_bucket_total',
    'Questions that a bucket of the process decided because Redis did not answer',
  );
  if ((config.RATE_LIMITS ?? (config.AUTH_MODE === 'open' ? 'off' : 'on')) === 'off') return undefined;
  const read = (text: string) => readLimit(text) as Limit;
  const limits = {
    read: read(config.RATE_LIMIT_READ),
    write: read(config.RATE_LIMIT_WRITE),
    batch: read(config.RATE_LIMIT_BATCH),
    login: read(config.RATE_LIMIT_LOGIN),
    machineTimes: config.RATE_LIMIT_MACHINE_TIMES,
  };
  const { RATE_LIMIT_REDIS_URL: url, REDIS_SSL_CA } = config;
  const redis = url ? openRedis({ url, tls: redisTls(url, REDIS_SSL_CA), metrics, log }) : undefined;
  const limiter = createRateLimiter(redis, `souk:limit:${name}:`, () => own.inc());
  if (redis) {
    stops.push(redis.close);
    health.dependency('rate_limits', { check: limiter.check, critical: false });
  }
  return { limits, limiter };
};

import type { Static, TObject } from '@souk/contracts/typebox.ts';
import { openRedis } from '../cache/redis.ts';
import { createResponseCache, type ResponseCache } from '../cache/response-cache.ts';
import { redisTls } from '../config/encryption.ts';
import type { redisEnv } from '../config/env-fields.ts';
import type { ServiceParts } from './parts.ts';

/** Opens the service's response cache, shared by its replicas where REDIS_URL says how. */
export const openCache = (
  { name, beside, log, metrics, health, stops }: ServiceParts,
  { REDIS_URL: url, REDIS_SSL_CA }: Static<TObject<typeof redisEnv>>,
): ResponseCache => {
  // What is built beside changes no answer yet.
  const redis =
    url && !beside ? openRedis({ url, tls: redisTls(url, REDIS_SSL_CA), metrics, log }) : undefined;
  if (redis) {
    stops.push(redis.close);
    health.dependency('redis', { check: redis.ping, critical: false });
  }
  const cache = createResponseCache({ namespace: `souk:${name}:`, redis, metrics });
  stops.push(cache.close);
  return cache;
};

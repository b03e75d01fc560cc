import { readEnv } from '@souk/service-kit/config/read-env.ts';
import { run } from '@souk/service-kit/service/run.ts';
import { configSchema } from './config.ts';
import { buildRecommendationService } from './service.ts';

await run(() => buildRecommendationService(readEnv(configSchema, process.env)));

import { readEnv } from '@souk/service-kit/config/read-env.ts';
import { run } from '@souk/service-kit/service/run.ts';
import { configSchema } from './config.ts';
import { buildAnalyticsService } from './service.ts';

await run(() => buildAnalyticsService(readEnv(configSchema, process.env)));

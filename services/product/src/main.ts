import { readEnv } from '@souk/service-kit/config/read-env.ts';
import { run } from '@souk/service-kit/service/run.ts';
import { configSchema } from './config.ts';
import { buildProductService } from './service.ts';

await run(() => buildProductService(readEnv(configSchema, process.env)));

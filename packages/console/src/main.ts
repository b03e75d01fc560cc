import { readEnv } from '@souk/service-kit/config/read-env.ts';
import { run } from '@souk/service-kit/service/run.ts';
import { configSchema } from './config.ts';
import { buildConsole } from './server/console.ts';

await run(() => buildConsole(readEnv(configSchema, process.env)));

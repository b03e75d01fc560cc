import { configSchema } from '@souk/console/config.ts';
import { buildConsole } from '@souk/console/server/console.ts';
import { readEnv } from '@souk/service-kit/config/read-env.ts';
import { run } from '@souk/service-kit/service/run.ts';

/** Runs the console as this process until a signal ends it. */
export const startConsole = (env: Record<string, string | undefined>): Promise<void> =>
  run(() => buildConsole(readEnv(configSchema, env)));

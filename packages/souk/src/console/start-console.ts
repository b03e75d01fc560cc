import { type ConsoleConfig, configSchema } from '@souk/console/config.ts';
import { buildConsole } from '@souk/console/server/console.ts';
import { serviceNames } from '@souk/contracts/services.ts';
import type { ServiceUrls } from '@souk/importers/shop/service-urls.ts';
import { readEnv } from '@souk/service-kit/config/read-env.ts';
import { run } from '@souk/service-kit/service/run.ts';

interface ConsolePlace {
  host: string;
  port: number;
  urls: ServiceUrls;
  brokers: string | undefined;
}

/** Runs the console as this process until a signal ends it. */
export const startConsole = (place: ConsolePlace): Promise<void> =>
  run(() => buildConsole(consoleConfig(place)));

/** Of a console that `more` says the rest of; what neither says, the environment does. */
export const consoleConfig = ({ host, port, urls, brokers }: ConsolePlace, more = {}): ConsoleConfig =>
  readEnv(configSchema, {
    ...process.env,
    ...{ HOST: host, PORT: `${port}`, KAFKA_BROKERS: brokers },
    ...Object.fromEntries(serviceNames.map((name) => [`${name.toUpperCase()}_URL`, urls[name]])),
    ...more,
  });

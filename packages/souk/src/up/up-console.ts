import { configSchema } from '@souk/console/config.ts';
import { buildConsole } from '@souk/console/server/console.ts';
import { consolePortOf, type ServiceName } from '@souk/contracts/services.ts';
import { isLoopback } from '@souk/service-kit/access/access-config.ts';
import { readEnv } from '@souk/service-kit/config/read-env.ts';
import { createLogger } from '@souk/service-kit/log.ts';
import type { AssembledService } from '@souk/service-kit/service/service.ts';
import { createShoppers } from './shoppers.ts';

interface UpConsoleOptions {
  host: string;
  portBase: number;
  services: Record<ServiceName, string>;
  kafkaBrokers: string;
  /** Takes the lines of its log. */
  onLine(line: string): void;
}

/** The console of the mesh that `souk up` runs; it listens when this resolves. */
export const openUpConsole = async (options: UpConsoleOptions): Promise<AssembledService> => {
  const { host, portBase, services, kafkaBrokers, onLine } = options;
  const config = readEnv(configSchema, {
    ...process.env,
    AUTH_MODE: process.env.AUTH_MODE ?? (isLoopback(host) ? 'open' : 'required'),
    HOST: host,
    PORT: `${consolePortOf(portBase)}`,
    USER_URL: services.user,
    PRODUCT_URL: services.product,
    RECOMMENDATION_URL: services.recommendation,
    ANALYTICS_URL: services.analytics,
    KAFKA_BROKERS: kafkaBrokers,
    LOG_PRETTY: 'false',
  });
  const log = createLogger('console', config, { write: (line) => onLine(line.trimEnd()) });
  const opened = await buildConsole(config, { log, shoppers: createShoppers(portBase) });
  await opened.start();
  return opened;
};

import { buildConsole } from '@souk/console/server/console.ts';
import { consolePortOf, type ServiceName } from '@souk/contracts/services.ts';
import { isLoopback } from '@souk/service-kit/access/access-config.ts';
import { createLogger } from '@souk/service-kit/log.ts';
import type { AssembledService } from '@souk/service-kit/service/service.ts';
import { consoleConfig } from '../console/start-console.ts';
import { createShoppers } from './shoppers.ts';

interface UpConsoleOptions {
  host: string;
  portBase: number;
  services: Record<ServiceName, string>;
  kafkaBrokers: string;
  onLine(line: string): void;
}

/** The console of the mesh that `souk up` runs; it listens when this resolves. */
export const openUpConsole = async (options: UpConsoleOptions): Promise<AssembledService> => {
  const { host, portBase, services, kafkaBrokers, onLine } = options;
  const config = consoleConfig(
    { host, port: consolePortOf(portBase), urls: services, brokers: kafkaBrokers },
    {
      AUTH_MODE: process.env.AUTH_MODE ?? (isLoopback(host) ? 'open' : 'required'),
      LOG_PRETTY: 'false',
    },
  );
  const log = createLogger('console', config, { write: (line) => onLine(line.trimEnd()) });
  const opened = await buildConsole(config, { log, shoppers: createShoppers(portBase) });
  await opened.start();
  return opened;
};

import { allowedHosts } from '@souk/service-kit/access/access-config.ts';
import { httpTls, kafkaAddress } from '@souk/service-kit/config/encryption.ts';
import { buildHttp } from '@souk/service-kit/http/server.ts';
import { createLogger, type Logger } from '@souk/service-kit/log.ts';
import { createMetrics } from '@souk/service-kit/metrics.ts';
import { createHealth } from '@souk/service-kit/service/health.ts';
import { type AssembledService, assembleService } from '@souk/service-kit/service/service.ts';
import manifest from '../../package.json' with { type: 'json' };
import { type ConsoleConfig, checkConsoleConfig, meshUrls } from '../config.ts';
import { askForLogin } from './access.ts';
import { deadLetterRoutes } from './dead-letters/dead-letter-routes.ts';
import { createDeadLetterWatch } from './dead-letters/dead-letter-watch.ts';
import { createResolving } from './dead-letters/resolve.ts';
import { eventRoutes } from './events/event-routes.ts';
import { createTail } from './events/tail.ts';
import { forwardRoutes } from './forward-routes.ts';
import { createLogSession } from './kafka/log-session.ts';
import { meshCalls } from './mesh-calls.ts';
import { operationsRoutes } from './operations/operations-routes.ts';
import { holdToOwnPages } from './own-pages.ts';
import { bundlePage } from './page-bundle.ts';
import { pageRoutes } from './page-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { createSessions, type Tokens } from './sessions.ts';
import { type Shoppers, shopperRoutes } from './shopper-routes.ts';

const name = 'console';
const { version } = manifest;

export interface ConsoleParts {
  log?: Logger;
  /** Who can be let into the shop by a button. */
  shoppers?: Shoppers;
}

/** The console: its page and what the page asks. Starts without a mesh, and says what it misses. */
export const buildConsole = async (
  config: ConsoleConfig,
  { log = createLogger(name, config), shoppers }: ConsoleParts = {},
): Promise<AssembledService> => {
  checkConsoleConfig(config);
  const urls = meshUrls(config);
  const calls = meshCalls(urls);
  const brokers = kafkaAddress(config);
  const mode = config.AUTH_MODE;
  const sessions = createSessions(
    async (refresh_token) =>
      (await calls.json('user', 'POST', '/api/v1/auth/refresh', { body: { refresh_token } })) as Tokens,
  );
  const health = createHealth(name, version);
  const metrics = createMetrics(name);
  const stops: (() => unknown)[] = [];
  const logs = createLogSession(brokers);
  stops.push(logs.close);
  // Of their own: short questions do not wait for a long search.
  const searches = createLogSession(brokers);
  stops.push(searches.close);
  const watch = createDeadLetterWatch(brokers, log);
  stops.push(watch.stop);
  const tail = createTail(brokers, log);
  stops.push(tail.stop);
  const http = await buildHttp({
    name,
    version,
    description: 'What the page of the operators asks. It owns no data: the services do.',
    log,
    metrics,
    health,
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
    connectionsMax: config.HTTP_CONNECTIONS_MAX,
    tls: httpTls(config),
    trustProxy: config.TRUST_PROXY,
    allowedHosts: allowedHosts(config),
  });
  holdToOwnPages(http);
  askForLogin(http, mode, sessions);

  pageRoutes(http, await bundlePage());
  sessionRoutes(http, {
    mode,
    sessions,
    calls,
    tracesUrl: config.TRACES_URL,
    hasShoppers: shoppers !== undefined,
  });
  forwardRoutes(http, urls, sessions);
  shopperRoutes(http, shoppers);
  const resolving = createResolving(brokers, watch, log);
  deadLetterRoutes(http, { brokers, watch, resolving, calls, sessions });
  eventRoutes(http, { logs, searches, tail, watch, calls, sessions });
  operationsRoutes(http, { logs, calls, sessions });
  if (shoppers) stops.push(() => shoppers.stop());

  return assembleService({ name, config, log, health, startup: [], stops }, http);
};

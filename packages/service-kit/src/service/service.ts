import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Http } from '../http/http.ts';
import { listenForOperators } from '../http/operators-port.ts';
import { wait } from './backoff.ts';
import type { ServiceConfig, ServiceParts } from './parts.ts';
import type { Service } from './run.ts';
import { untilStarted } from './startup.ts';

export interface AssembledService extends Service {
  http: Http;
  /** http[s]://host:port once it listens; throws before. */
  url(): string;
}

/** What listening, starting and stopping needs; a tool without a database has no schema to bring up to date. */
type AssembledConfig = Pick<ServiceConfig, 'HOST' | 'PORT' | 'SHUTDOWN_DEADLINE_MS' | 'EXIT_WITH_PARENT'> &
  Partial<
    Pick<
      ServiceConfig,
      | 'SHUTDOWN_DRAIN_MS'
      | 'HTTP_CONNECTIONS_MAX'
      | 'MIGRATE_ONLY'
      | 'OPERATOR_PORT'
      | 'OPERATOR_HOST'
      | 'TLS_CERT_FILE'
    >
  >;

type AssembledParts = Pick<ServiceParts, 'name' | 'log' | 'health' | 'startup' | 'stops'> & {
  config: AssembledConfig;
  beside?: ServiceParts['beside'];
};

/** How long stop waits for a step of the start that is under way. */
const startAbandonMs = 1_000;
const idleSweepMs = 20;

/**
 * A service out of its parts and its routes. start listens first, so that /live and /health answer while it waits
 * for its dependencies; it rejects for a taken port and for errors that waiting does not cure. stop takes the
 * replica out of /ready, goes on for SHUTDOWN_DRAIN_MS, answers what is in flight, then runs all `stops` in reverse, even
 * when one fails.
 */
export const assembleService = (parts: AssembledParts, http: Http): AssembledService => {
  const { name, log, health, config, startup, stops } = parts;
  const drainMs = config.SHUTDOWN_DRAIN_MS ?? 0;
  const stopped = new AbortController();
  let starting: Promise<void> | undefined;
  let operators: Server | undefined;

  const begin = async (): Promise<void> => {
    const [migrations] = startup;
    if (config.MIGRATE_ONLY && migrations)
      return untilStarted(migrations, { log, health, signal: stopped.signal });
    const listenTextResolver = (address: string) => `${name} listens at ${address}`;
    // Of those that wait to be accepted the kernel keeps so many, and of the others tells neither side for seconds.
    const waiting = config.HTTP_CONNECTIONS_MAX && { backlog: config.HTTP_CONNECTIONS_MAX };
    await http.listen({ host: config.HOST, port: config.PORT, ...waiting, listenTextResolver });
    if (config.OPERATOR_PORT !== undefined) {
      const address = { host: config.OPERATOR_HOST ?? config.HOST, port: config.OPERATOR_PORT };
      operators = await listenForOperators(http, address);
      log.info(`${name} answers operators at ${urlAt(operators.address() as AddressInfo, 'http')}`);
    }
    for (const step of startup) {
      await untilStarted(step, { log, health, signal: stopped.signal });
      if (stopped.signal.aborted) return;
    }
    if (parts.beside) return health.waitFor('the switch to the tables that it builds beside those in use');
    health.started();
    log.info(`${name} is ready`);
  };

  return {
    name,
    log,
    http,
    shutdownDeadlineMs: drainMs + config.SHUTDOWN_DEADLINE_MS,
    exitWithParent: config.EXIT_WITH_PARENT,
    endsOnceStarted: config.MIGRATE_ONLY ?? false,
    url: () => urlOf(http, config.TLS_CERT_FILE ? 'https' : 'http'),
    start: () => {
      starting ??= begin();
      return starting;
    },
    stop: async () => {
      const answers = health.state() === 'started';
      health.stopping();
      if (answers) await wait(drainMs);
      stopped.abort();
      const failures: unknown[] = [];
      const startEnded = () => Promise.race([starting?.catch(() => undefined), wait(startAbandonMs)]);
      for (const release of [() => closeHttp(http, operators), startEnded, ...stops.toReversed()])
        await attempt(release, failures);
      if (failures.length > 0) throw new AggregateError(failures, 'not everything was released');
    },
  };
};

const attempt = async (release: () => unknown, failures: unknown[]): Promise<void> => {
  try {
    await release();
  } catch (error) {
    failures.push(error);
  }
};

/** Fastify closes the idle connections once; one that was busy then would stay open for its keep-alive time. */
const closeHttp = async (http: Http, operators: Server | undefined): Promise<void> => {
  operators?.close();
  const sweep = setInterval(() => {
    http.server.closeIdleConnections();
    operators?.closeIdleConnections();
  }, idleSweepMs);
  try {
    await http.close();
  } finally {
    clearInterval(sweep);
  }
};

const urlOf = (http: Http, scheme: string): string => {
  const [address] = http.addresses() as (AddressInfo | undefined)[];
  if (!address) throw new Error('the service does not listen');
  return urlAt(address, scheme);
};

const urlAt = ({ family, address, port }: AddressInfo, scheme: string): string => {
  const host = family === 'IPv6' ? `[${address}]` : address;
  return `${scheme}://${host}:${port}`;
};

import type { AddressInfo } from 'node:net';
import type { Http } from '../http/http.ts';
import type { Logger } from '../log.ts';
import { errorCode, isTransient } from '../postgres/errors.ts';
import { backoffMs, wait } from './backoff.ts';
import type { Health } from './health.ts';
import type { Service } from './run.ts';

/** Something that must be there before the service can work; tried until it is. */
export interface StartupStep {
  /** Named in the log and on /health, such as `postgres at host:port`: no credentials. */
  waitsFor: string;
  /** Should give up when the signal is aborted: the service stops before it has started. */
  start(signal: AbortSignal): Promise<void>;
}

export interface ServiceParts {
  name: string;
  log: Logger;
  http: Http;
  health: Health;
  config: { HOST: string; PORT: number; SHUTDOWN_DEADLINE_MS: number; EXIT_WITH_PARENT: boolean };
  /** In order, each until it succeeds. */
  startup: StartupStep[];
  /** Releases, in the order of what they release was acquired; run in reverse. */
  stops: (() => unknown)[];
}

export interface AssembledService extends Service {
  http: Http;
  /** http://host:port once it listens; throws before. */
  url(): string;
}

const retryMaxMs = 2_000;
const repeatLogMs = 10_000;
/** How long stop waits for a step of the start that is under way. */
const startAbandonMs = 1_000;
const idleSweepMs = 20;

/**
 * A service out of its parts. start listens first, so that /live and /health answer while it waits for its
 * dependencies; it rejects for a taken port and for errors that waiting does not cure. stop takes the replica
 * out of /ready, answers what is in flight, then runs all `stops` in reverse, even when one fails.
 */
export const assembleService = (parts: ServiceParts): AssembledService => {
  const { name, log, http, health, config, startup, stops } = parts;
  const stopped = new AbortController();
  let starting: Promise<void> | undefined;

  const begin = async (): Promise<void> => {
    const listenTextResolver = (address: string) => `${name} listens at ${address}`;
    await http.listen({ host: config.HOST, port: config.PORT, listenTextResolver });
    for (const step of startup) {
      await untilStarted(step, { log, health, signal: stopped.signal });
      if (stopped.signal.aborted) return;
    }
    health.started();
    log.info(`${name} is ready`);
  };

  return {
    name,
    log,
    http,
    shutdownDeadlineMs: config.SHUTDOWN_DEADLINE_MS,
    exitWithParent: config.EXIT_WITH_PARENT,
    url: () => urlOf(http),
    start: () => {
      starting ??= begin();
      return starting;
    },
    stop: async () => {
      health.stopping();
      stopped.abort();
      const failures: unknown[] = [];
      const startEnded = () => Promise.race([starting?.catch(() => undefined), wait(startAbandonMs)]);
      for (const release of [() => closeHttp(http), startEnded, ...stops.toReversed()])
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
const closeHttp = async (http: Http): Promise<void> => {
  const sweep = setInterval(() => http.server.closeIdleConnections(), idleSweepMs);
  try {
    await http.close();
  } finally {
    clearInterval(sweep);
  }
};

const urlOf = (http: Http): string => {
  const [address] = http.addresses() as (AddressInfo | undefined)[];
  if (!address) throw new Error('the service does not listen');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
};

const untilStarted = async (
  step: StartupStep,
  { log, health, signal }: { log: Logger; health: Health; signal: AbortSignal },
): Promise<void> => {
  health.waitFor(step.waitsFor);
  let loggedAt = Number.NEGATIVE_INFINITY;
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      return await step.start(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!isRetryable(error)) throw error;
      if (performance.now() - loggedAt >= repeatLogMs) {
        loggedAt = performance.now();
        if (isSetup(error))
          log.error({ err: error }, `waiting for ${step.waitsFor}: it refuses this service`);
        else log.info({ code: errorCode(error) }, `waiting for ${step.waitsFor}`);
      }
    }
    await wait(backoffMs(failures, { baseMs: 100, maxMs: retryMaxMs }), signal);
  }
};

/**
 * Waiting cures an outage, and a server whose roles and schemas are still being set up; nothing else, so that
 * a broken migration ends the process and is seen. A wrong password looks like the second: it is retried, and
 * logged as an error each time.
 */
const isRetryable = (error: unknown): boolean =>
  isTransient(error) || isSetup(error) || errorCode(error) === 'KAFKA';

/** invalid authorization (28), no such database (3D) or schema (3F), no right yet. */
const isSetup = (error: unknown): boolean => /^(28...|3D...|3F...|42501)$/.test(errorCode(error) ?? '');

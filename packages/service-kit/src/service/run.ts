import { isConfigError } from '../config/config-error.ts';
import { createLogger, type Logger } from '../log.ts';

/** A process's worth of work. */
export interface Service {
  name: string;
  log: Logger;
  /** How long stop may take before the process ends with status 1. */
  shutdownDeadlineMs: number;
  /** Whether to stop when the process that started this one over an IPC channel is gone. */
  exitWithParent: boolean;
  /** Whether what start does is all that there is to do: then being stopped before it is done is status 1. */
  endsOnceStarted?: boolean;
  /** Listens at once; resolves when all dependencies are there, or when stop was called. */
  start(): Promise<void>;
  /** Finishes what was begun and releases everything. */
  stop(): Promise<void>;
}

/**
 * Runs a service as this process until SIGTERM or SIGINT. A bad configuration is one clear line per problem
 * on standard error and status 1; so is everything that start cannot wait for, such as a taken port. What
 * nobody caught is logged and ends the process with status 1.
 */
export const run = async (build: () => Service | Promise<Service>): Promise<void> => {
  const service = await buildOrExit(build);
  const { name, log, shutdownDeadlineMs } = service;
  let status = service.endsOnceStarted ? 1 : 0;
  let ending = false;

  const end = (reason: string): void => {
    if (ending) return;
    ending = true;
    log.info({ reason }, `${name} stops`);
    setTimeout(() => {
      log.fatal({ deadline_ms: shutdownDeadlineMs }, `${name} did not stop within its deadline`);
      process.exit(1);
    }, shutdownDeadlineMs).unref();
    service.stop().then(
      () => {
        log.info(`${name} stopped`);
        process.exit(status);
      },
      (error) => {
        log.fatal({ err: error }, `${name} could not release everything`);
        process.exit(1);
      },
    );
  };
  const fail = (error: unknown, what: string): void => {
    status = 1;
    log.fatal({ err: error }, `${name}: ${what}`);
    end(what);
  };

  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  process.on('uncaughtException', (error) => fail(error, 'uncaught exception'));
  process.on('unhandledRejection', (error) => fail(error, 'unhandled rejection'));
  if (service.exitWithParent) endWithParent(() => end('the parent process is gone'));

  await service.start().catch((error) => fail(error, describe(error)));
  if (!service.endsOnceStarted || ending) return;
  status = 0;
  end('the schema is up to date');
};

/** The line that says what to do, for the faults of a machine that are met often. */
const describe = (error: unknown): string => {
  const {
    code,
    port,
    address,
    hostname,
    variable = 'PORT',
  } = error as NodeJS.ErrnoException & Record<string, unknown>;
  if (code === 'EADDRINUSE') return `port ${port} is taken: stop what uses it, or set ${variable}`;
  if (code === 'EACCES') return `port ${port} may not be used by this user: set ${variable}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `${hostname} has no address here: set HOST`;
  if (code === 'EADDRNOTAVAIL') return `this machine has no address ${address}: set HOST`;
  if (code === 'POOLED') return (error as Error).message;
  return 'cannot start';
};

const buildOrExit = async (build: () => Service | Promise<Service>): Promise<Service> => {
  try {
    return await build();
  } catch (error) {
    if (isConfigError(error)) for (const line of error.problems) console.error(`bad configuration: ${line}`);
    else
      createLogger('start', { LOG_LEVEL: 'info', LOG_PRETTY: false }).fatal({ err: error }, 'cannot start');
    process.exit(1);
  }
};

/** The channel closes when the parent ends, however it ends. Without a channel there is no parent to follow. */
const endWithParent = (end: () => void): void => {
  if (!process.channel) return;
  process.on('disconnect', end);
  process.channel.unref();
};

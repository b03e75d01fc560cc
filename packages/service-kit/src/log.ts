import { createRequire } from 'node:module';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { build } from 'pino-pretty';
import { activeTraceIds } from './tracing/spans.ts';

export type { Logger } from 'pino';

interface LogConfig {
  LOG_LEVEL: string;
  /** Lines for people; without it where standard output is a terminal. */
  LOG_PRETTY?: boolean;
}

/**
 * A logger that writes one JSON line per record to standard output (or to `destination`), or lines for people
 * with LOG_PRETTY. A line written inside a trace carries its ids. Personal data and secrets under their usual names
 * are blanked up to two levels deep, and an error is reduced to its kind, message, code and stack: Postgres puts
 * whole rows into an error's details.
 */
export const createLogger = (name: string, config: LogConfig, destination?: DestinationStream): Logger =>
  pino(
    {
      level: config.LOG_LEVEL,
      base: { service: name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: activeTraceIds,
      redact: { paths: privateKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[private]' },
      serializers: { err: errorForLog, error: errorForLog, cause: errorForLog },
    },
    destination ?? ((config.LOG_PRETTY ?? process.stdout.isTTY) ? prettyOutput() : pino.destination(1)),
  );

const privateKeys = [
  'password',
  'email',
  'name',
  'first_name',
  'last_name',
  'authorization',
  'cookie',
  'token',
  'secret',
];

const causeDepthMax = 4;

const errorForLog = (error: unknown, depth = 0): unknown => {
  if (!(error instanceof Error)) return error === undefined ? undefined : { message: typeof error };
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return {
    type: error.constructor.name,
    message: error.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: error.stack,
    ...(cause instanceof Error && depth < causeDepthMax ? { cause: errorForLog(cause, depth + 1) } : {}),
  };
};

/** Loaded on demand: in production nobody pays for its memory. */
const prettyOutput = (): DestinationStream => {
  const pretty = createRequire(import.meta.url)('pino-pretty') as typeof build;
  return pretty({
    sync: true,
    colorize: process.stdout.isTTY,
    ignore: 'pid,hostname,service',
    messageFormat: '{service}: {msg}',
    translateTime: 'SYS:HH:MM:ss.l',
  });
};

import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { SpanKind } from '@opentelemetry/api';
import postgres from 'postgres';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { isProblem } from '../problem.ts';
import { inSpan } from '../tracing/spans.ts';
import { type AccessKind, type DatabaseMetrics, databaseMetrics } from './database-metrics.ts';
import { openSocket, type SocketTarget } from './socket.ts';

/** int8 columns arrive as numbers; one beyond 2^53 throws instead of being rounded. */
type Types = { bigint: number };
export type Sql = postgres.Sql<Types>;
export type TransactionSql = postgres.TransactionSql<Types>;
/** A piece of a statement, made by one `sql` tag and used inside another. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;

/**
 * A service's Postgres, with every access counted by kind and by a named operation
 * (`db_query_duration_seconds{operation}`: pass literals, so that the label stays a closed set) and, inside a
 * trace, with a span of that name.
 */
export interface Database {
  /** The bare client, for start-up work and tests; requests go through the methods below. */
  sql: Sql;
  /** One connection beside the pool, whose statements may take any time: for migrations. Closed when idle. */
  migrationSql: Sql;
  /** The most connections that the pool opens. */
  poolMax: number;
  /** Reads one entity. */
  get<T>(operation: string, query: (sql: Sql) => PromiseLike<T>): Promise<T>;
  /** Reads many. */
  getAll<T>(operation: string, query: (sql: Sql) => PromiseLike<T>): Promise<T>;
  /** Writes with one statement: the change and its event. */
  save<T>(operation: string, query: (sql: Sql) => PromiseLike<T>): Promise<T>;
  /**
   * Writes in one transaction; rolled back when `work` throws, and the error is thrown on. A problem (http/problem.ts)
   * and an intended rollback are no failure of Postgres: they count as a success.
   */
  transaction<T>(operation: string, work: (tx: TransactionSql) => Promise<T>): Promise<T>;
  /** Answers when Postgres does; throws otherwise. On a connection beside the pool: it waits for no request. */
  ping(): Promise<void>;
  /** Lets running queries end, at most 5 seconds, and closes the pool. */
  end(): Promise<void>;
}

export interface PostgresOptions {
  /** postgres://role:password@host:port/database */
  url: string;
  poolMax: number;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  metrics: Metrics;
  log: Logger;
  /** How long Postgres may leave the pool without any answer before a connection counts as lost. Default 40 s. */
  answerTimeoutMs?: number;
}

const connectTimeoutSeconds = 5;
const endTimeoutSeconds = 5;
const reconnectDelayMaxSeconds = 1;
const migrationIdleSeconds = 1;

/** Opens a pool. Connects lazily: a server that is not there yet makes queries fail, not this call. */
export const openPostgres = ({
  url,
  poolMax,
  applicationName,
  metrics,
  log,
  answerTimeoutMs,
}: PostgresOptions): Database => {
  const observed = databaseMetrics(metrics, poolMax);
  const options = {
    connect_timeout: connectTimeoutSeconds,
    backoff: (attempt: number) => Math.min(0.05 * 2 ** attempt, reconnectDelayMaxSeconds) * Math.random(),
    connection: { application_name: applicationName },
    onnotice: (notice: postgres.Notice) => log.debug({ notice: notice.message }, 'postgres notice'),
    types: { bigint: { to: 20, from: [20], serialize: String, parse: parseInt8 } },
  };
  const sql = postgres(url, {
    ...options,
    max: poolMax,
    ...observedSocket(observed, answerTimeoutMs),
  }) as unknown as Sql;
  const pingSql = postgres(url, { ...options, max: 1, ...observedSocket(observed, answerTimeoutMs) });
  const migrationSql = postgres(url, {
    ...options,
    max: 1,
    idle_timeout: migrationIdleSeconds,
    ...observedSocket(observed, Number.POSITIVE_INFINITY),
  }) as unknown as Sql;

  const observe = <T>(kind: AccessKind, operation: string, access: () => PromiseLike<T>): Promise<T> =>
    inSpan(operation, sqlSpan, () => observed.observe(kind, operation, access));

  return {
    sql,
    migrationSql,
    poolMax,
    get: (operation, query) => observe('get', operation, () => query(sql)),
    getAll: (operation, query) => observe('get_all', operation, () => query(sql)),
    save: (operation, query) => observe('save', operation, () => query(sql)),
    transaction: async <T>(operation: string, work: (tx: TransactionSql) => Promise<T>) => {
      const outcome = await observe('save', operation, () => {
        const acquired = observed.acquire();
        const ended = sql.begin((tx) => {
          acquired();
          return work(tx as unknown as TransactionSql);
        }) as Promise<T>;
        return ended.then((result) => ({ result }), refusal);
      });
      if ('refusal' in outcome) throw outcome.refusal;
      return outcome.result;
    },
    ping: async () => {
      await pingSql`select 1`;
    },
    end: async () => {
      await Promise.all(
        [sql, pingSql, migrationSql].map((client) => client.end({ timeout: endTimeoutSeconds })),
      );
    },
  };
};

const sqlSpan = { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'postgresql' } };

/** An error to throw from a transaction that is to be rolled back although Postgres did what it was asked. */
export const intendedRollback = (message: string): Error =>
  Object.assign(new Error(message), { intendedRollback: true });

/** What a rule refuses leaves the transaction as a value; any other error is thrown on. */
const refusal = (error: unknown): { refusal: unknown } => {
  if (isProblem(error) || (error instanceof Error && 'intendedRollback' in error)) return { refusal: error };
  throw error;
};

const parseInt8 = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('an int8 beyond 2^53', { cause: text });
  return value;
};

/** postgres.js shows neither opened nor closed connections: it is given a socket that counts itself. */
const observedSocket = (observed: DatabaseMetrics, answerTimeoutMs?: number): object => ({
  socket: (target: SocketTarget): Socket => {
    const started = performance.now();
    const socket = openSocket(target, answerTimeoutMs);
    socket.once('connect', () => {
      observed.connectionOpened((performance.now() - started) / 1000);
      socket.once('close', observed.connectionClosed);
    });
    socket.once('error', () => {
      if (socket.connecting || socket.pending) observed.connectionFailed();
    });
    return socket;
  },
});

import { SpanKind } from '@opentelemetry/api';
import postgres from 'postgres';
import { postgresAddress } from '../config/encryption.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { isProblem } from '../problem.ts';
import { inSpan } from '../tracing/spans.ts';
import { type AccessKind, databaseMetrics } from './database-metrics.ts';
import { isReadOnly, readOnlyError } from './errors.ts';
import { type PoolSockets, poolSockets } from './pool-sockets.ts';
import { requireSessions } from './sessions.ts';
import { type UnitOfWork, unitsOfWork } from './unit-of-work.ts';

/** int8 columns arrive as numbers; one beyond 2^53 throws instead of being rounded. */
type Types = { bigint: number };
export type Sql = postgres.Sql<Types>;
export type TransactionSql = postgres.TransactionSql<Types>;
/** A piece of a statement, made by one `sql` tag and used inside another. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;

/** A piece of many statements that is always the same, such as a list of columns: it is made once. */
export const constantFragment = (make: (sql: Sql) => Fragment): ((sql: Sql | TransactionSql) => Fragment) => {
  let made: Fragment | undefined;
  return (sql) => {
    made ??= make(sql as Sql);
    return made;
  };
};

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
  /** The most connections that the pool opens for writes. */
  poolMax: number;
  /** Reads one entity. Reads have a pool of their own, half as large, whose statements may take 5 seconds. */
  get<T>(operation: string, query: (sql: Sql) => PromiseLike<T>): Promise<T>;
  /** Reads many. */
  getAll<T>(operation: string, query: (sql: Sql) => PromiseLike<T>): Promise<T>;
  /** Writes with one statement: the change and its event. */
  save<T>(operation: string, query: (sql: Sql) => PromiseLike<T>): Promise<T>;
  /**
   * Writes in one transaction; rolled back when `work` throws, and the error is thrown on. A problem (problem.ts)
   * and an intended rollback are no failure of Postgres: they count as a success.
   */
  transaction<T>(operation: string, work: (tx: TransactionSql) => Promise<T>): Promise<T>;
  /** Makes all that is written below `work` one transaction, with `first` and `last`; each write is a savepoint of it. */
  unit<T>(operation: string, unit: UnitOfWork<TransactionSql, T>): Promise<T>;
  /** How many reads, and how many writes, wait for a connection. */
  waiting(): { waitingReads: number; waitingWrites: number };
  /**
   * Answers when Postgres does and takes writes; throws otherwise. On a connection beside the pools: it waits for no
   * request. Where Postgres is read only all connections are closed: after a failover the next ones lead elsewhere.
   */
  ping(): Promise<void>;
  /** Throws an error with code POOLED when a pooler gives every transaction another session. */
  requireSessions(): Promise<void>;
  /** Lets running queries end, at most 5 seconds, and closes the pool. */
  end(): Promise<void>;
}

export interface PostgresOptions {
  /** As `postgresAddress` takes it: postgres://role:password@host:port/database?sslmode=… */
  url: string;
  /** As the owner of the schema; as the service's own role by default. */
  migrationUrl?: string | undefined;
  poolMax: number;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  metrics: Metrics;
  log: Logger;
  /** Instead of that of the role. */
  searchPath?: string | undefined;
  /** How long Postgres may leave the pool without any answer before a connection counts as lost. Default 40 s. */
  answerTimeoutMs?: number;
  /** How long a read may take before Postgres ends it (57014). Default 5 s. */
  readTimeoutMs?: number;
}

const connectTimeoutSeconds = 5;
const endTimeoutSeconds = 5;
const reconnectDelayMaxSeconds = 1;
const migrationIdleSeconds = 1;
const readTimeoutMsDefault = 5_000;

/** Opens a pool. Connects lazily: a server that is not there yet makes queries fail, not this call. */
export const openPostgres = ({
  url,
  migrationUrl,
  poolMax,
  applicationName,
  metrics,
  log,
  searchPath,
  answerTimeoutMs,
  readTimeoutMs = readTimeoutMsDefault,
}: PostgresOptions): Database => {
  const readPoolMax = Math.ceil(poolMax / 2);
  const observed = databaseMetrics(metrics, poolMax + readPoolMax);
  const options = {
    connect_timeout: connectTimeoutSeconds,
    backoff: (attempt: number) => Math.min(0.05 * 2 ** attempt, reconnectDelayMaxSeconds) * Math.random(),
    connection: { application_name: applicationName, ...(searchPath && { search_path: searchPath }) },
    onnotice: (notice: postgres.Notice) => log.debug({ notice: notice.message }, 'postgres notice'),
    types: { bigint: { to: 20, from: [20], serialize: String, parse: parseInt8 } },
  };
  const address = postgresAddress(url);
  const sockets = (timeoutMs = answerTimeoutMs) => poolSockets(observed, { timeoutMs, tls: address.tls });
  const [writing, reading, pinging] = [sockets(), sockets(), sockets()];
  const open = (own: PoolSockets, more: object, at = address) =>
    postgres(at.url, { ...options, ...own.options, ...more }) as unknown as Sql;
  const sql = open(writing, { max: poolMax });
  const limited = { ...options.connection, statement_timeout: readTimeoutMs };
  const readSql = open(reading, { max: readPoolMax, connection: limited });
  const pingSql = open(pinging, { max: 1 });
  const owner = migrationUrl ? postgresAddress(migrationUrl, 'MIGRATION_DATABASE_URL') : address;
  const unhurried = poolSockets(observed, { timeoutMs: Number.POSITIVE_INFINITY, tls: owner.tls });
  const migrationSql = open(unhurried, { max: 1, idle_timeout: migrationIdleSeconds }, owner);

  const observe = <T>(kind: AccessKind, operation: string, access: () => PromiseLike<T>): Promise<T> =>
    inSpan(operation, sqlSpan, () => observed.observe(kind, operation, access));
  const write = <T>(operation: string, access: () => PromiseLike<T>): Promise<T> =>
    observe('save', operation, access).catch((error: unknown) => {
      // The next ones may lead to a server that takes writes.
      if (isReadOnly(error)) writing.closeAll();
      throw error;
    });

  const begin = <T>(work: (tx: TransactionSql) => Promise<T>): Promise<T> => {
    const acquired = observed.acquire();
    return sql.begin((tx) => {
      acquired();
      return work(tx);
    }) as Promise<T>;
  };
  const transact = async <T>(operation: string, run: () => Promise<T>): Promise<T> => {
    const outcome = await write(operation, () => run().then((result) => ({ result }), refusal));
    if ('refusal' in outcome) throw outcome.refusal;
    return outcome.result;
  };
  const units = unitsOfWork<TransactionSql>((operation, work) => transact(operation, () => begin(work)));
  let inUnits = 0;
  const inUnit = async <T>(
    tx: Promise<TransactionSql>,
    work: (tx: TransactionSql) => Promise<T>,
  ): Promise<T> => {
    inUnits += 1;
    try {
      return (await (await tx).savepoint((inner) => work(inner))) as T;
    } finally {
      inUnits -= 1;
    }
  };
  const read = <T>(query: (sql: Sql) => PromiseLike<T>): PromiseLike<T> => {
    const unit = units.toRead();
    return unit === undefined ? query(readSql) : unit.then((tx) => query(tx as unknown as Sql));
  };

  return {
    sql,
    migrationSql,
    poolMax,
    get: (operation, query) => observe('get', operation, () => read(query)),
    getAll: (operation, query) => observe('get_all', operation, () => read(query)),
    save: (operation, query) =>
      write(operation, () => {
        const unit = units.toWrite();
        return unit === undefined ? query(sql) : inUnit(unit, async (tx) => query(tx as unknown as Sql));
      }),
    transaction: (operation, work) =>
      transact(operation, () => {
        const unit = units.toWrite();
        return unit === undefined ? begin(work) : inUnit(unit, work);
      }),
    unit: units.run,
    waiting: () => {
      const { save, get, get_all } = observed.underWay;
      return {
        waitingReads: Math.max(0, get + get_all - readPoolMax),
        // A write in a unit waits for the connection of its unit, which is counted.
        waitingWrites: Math.max(0, save - inUnits - poolMax),
      };
    },
    ping: async () => {
      const [row] = await pingSql<[{ readOnly: boolean }]>`
        select current_setting('transaction_read_only')::boolean as "readOnly"`;
      if (!row.readOnly) return;
      for (const { closeAll } of [writing, reading, pinging]) closeAll();
      throw readOnlyError();
    },
    requireSessions: () => requireSessions(url),
    end: async () => {
      await Promise.all(
        [sql, readSql, pingSql, migrationSql].map((client) => client.end({ timeout: endTimeoutSeconds })),
      );
    },
  };
};

const sqlSpan = { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'postgresql' } };

/** An error to throw from a transaction that is to be rolled back although Postgres did what it was asked. */
export const intendedRollback = (message: string): Error =>
  Object.assign(new Error(message), { intendedRollback: true });

export const isIntendedRollback = (error: unknown): boolean =>
  error instanceof Error && 'intendedRollback' in error;

/** What a rule refuses leaves the transaction as a value; any other error is thrown on. */
const refusal = (error: unknown): { refusal: unknown } => {
  if (isProblem(error) || isIntendedRollback(error)) return { refusal: error };
  throw error;
};

const parseInt8 = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('an int8 beyond 2^53', { cause: text });
  return value;
};

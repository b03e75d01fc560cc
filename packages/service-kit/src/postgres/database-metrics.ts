import { performance } from 'node:perf_hooks';
import type { Metrics } from '../metrics.ts';
import { isConnectionError } from './errors.ts';

export type AccessKind = 'save' | 'get' | 'get_all';

export type DatabaseMetrics = ReturnType<typeof databaseMetrics>;

/** The Postgres metrics of a service. Durations in seconds. */
export const databaseMetrics = (metrics: Metrics, poolMax: number) => {
  const kinds = {
    save: accessMetrics(metrics, 'save', 'successful_saves', 'failed_saves', 'Writes'),
    get: accessMetrics(metrics, 'get', 'successful_gets', 'failed_gets', 'Reads of one entity'),
    get_all: accessMetrics(metrics, 'get_all', 'successful_get_all', 'failed_get_all', 'Reads of many'),
  };
  const queryDuration = metrics.durations('db_query_duration_seconds', 'Duration of database work', [
    'operation',
  ]);
  const operationErrors = metrics.counter('db_query_errors_by_operation_total', 'Failed database work', [
    'operation',
  ]);
  const connectionErrors = metrics.counter('db_connection_errors_total', 'Connections refused or lost');
  const transactionErrors = metrics.counter(
    'db_transaction_errors_total',
    'Writes that a failure rolled back',
  );
  const queryErrors = metrics.counter('db_query_errors_total', 'Database work that failed');
  const open = metrics.gauge('db_connections_open', 'Open connections');
  const established = metrics.histogram(
    'db_connection_establish_duration_seconds',
    'Duration of opening a TCP connection to Postgres',
  );
  const acquired = metrics.counter('db_connection_acquire_total', 'Connections taken for a transaction');
  const acquireDuration = metrics.histogram(
    'db_connection_acquire_duration_seconds',
    'Wait for a connection and its BEGIN',
  );
  metrics.gauge('db_connections_max_open', 'Largest number of connections the pool opens').set(poolMax);

  const failed = (kind: AccessKind, operation: string, error: unknown) => {
    kinds[kind].failures.inc();
    queryErrors.inc();
    operationErrors.inc({ operation });
    if (isConnectionError(error)) connectionErrors.inc();
    else if (kind === 'save') transactionErrors.inc();
  };

  const underWay = { save: 0, get: 0, get_all: 0 };
  return {
    /** Accesses that have begun and not ended. */
    underWay: underWay as Readonly<Record<AccessKind, number>>,
    /** Runs one access and counts it once: under its kind, and under its operation. */
    observe: async <T>(kind: AccessKind, operation: string, access: () => PromiseLike<T>): Promise<T> => {
      const started = performance.now();
      underWay[kind] += 1;
      try {
        const result = await access();
        kinds[kind].successes.inc();
        return result;
      } catch (error) {
        failed(kind, operation, error);
        throw error;
      } finally {
        underWay[kind] -= 1;
        const seconds = (performance.now() - started) / 1000;
        kinds[kind].duration.observe(seconds);
        queryDuration.of({ operation }).observe(seconds);
      }
    },
    /** Starts the clock of waiting for a transaction's connection; call the answer when it is there. */
    acquire: () => {
      const started = performance.now();
      return () => {
        acquired.inc();
        acquireDuration.observe((performance.now() - started) / 1000);
      };
    },
    connectionOpened: (seconds: number): void => {
      open.inc();
      established.observe(seconds);
    },
    connectionClosed: () => open.dec(),
    connectionFailed: () => connectionErrors.inc(),
  };
};

const accessMetrics = (
  metrics: Metrics,
  kind: AccessKind,
  success: string,
  failure: string,
  what: string,
) => ({
  successes: metrics.counter(`db_${success}_total`, `${what} that succeeded`),
  failures: metrics.counter(`db_${failure}_total`, `${what} that failed`),
  duration: metrics.durations(`db_${kind}_duration_seconds`, `${what}: duration`).of({}),
});

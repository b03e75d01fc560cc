import postgres from 'postgres';
import { postgresAddress } from '../config/encryption.ts';
import type { Sql } from '../postgres/database.ts';
import { readOnlyError } from '../postgres/errors.ts';
import { openSocket, type SocketTarget } from '../postgres/socket.ts';

/**
 * A connection that holds an advisory lock. Postgres gives the lock back by itself when the connection
 * ends, however it ends.
 */
export interface Leadership {
  /** One connection, never replaced by another: when it is lost, every query throws. */
  sql: Sql;
  /** Throws where Postgres is read only: nobody writes there, and no cursor can be stored. */
  acquire(): Promise<boolean>;
  release(): Promise<void>;
}

const endTimeoutSeconds = 2;

/**
 * A leader whose machine vanishes sends no goodbye: the server finds out by keepalives, and gives its lock back,
 * within about 11 seconds instead of hours. In seconds, the last one in milliseconds.
 */
const keepalive = {
  tcp_keepalives_idle: 5,
  tcp_keepalives_interval: 2,
  tcp_keepalives_count: 3,
  tcp_user_timeout: 11_000,
};

/** `timeoutMs` is that of `openSocket`. Throws a ConfigError where a file that the URL names is of no use. */
export const openLeadership = (databaseUrl: string, lockName: string, timeoutMs?: number): Leadership => {
  const { url, tls } = postgresAddress(databaseUrl);
  const sql = postgres(url, {
    max: 1,
    max_lifetime: null,
    connect_timeout: 5,
    connection: { application_name: lockName, ...keepalive },
    onnotice: () => undefined,
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
    onclose: () => {
      // A second connection would not hold the lock: end the client, so that its user starts over.
      void sql.end({ timeout: 0 });
    },
    ...{ socket: (target: SocketTarget) => openSocket(target, { timeoutMs, tls }) },
  }) as unknown as Sql;
  return {
    sql,
    acquire: async () => {
      const [row] = await sql<[{ acquired: boolean | null }]>`
        select case when not current_setting('transaction_read_only')::boolean
          then pg_try_advisory_lock(hashtextextended(${lockName}, 0)) end as acquired`;
      if (row.acquired === null) throw readOnlyError();
      return row.acquired;
    },
    release: () => sql.end({ timeout: endTimeoutSeconds }),
  };
};

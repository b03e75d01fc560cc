import postgres from 'postgres';
import { postgresAddress } from '../config/encryption.ts';
import { openSocket, type SocketTarget } from './socket.ts';

const looksMax = 5;
const endTimeoutSeconds = 1;

/**
 * Throws an error with code POOLED when `databaseUrl` leads to a pooler in transaction mode (PgBouncer and its like). There a
 * lock of a session stays behind on a connection that others get, and prepared statements are missing on the next one.
 */
export const requireSessions = async (databaseUrl: string): Promise<void> => {
  const { url, tls } = postgresAddress(databaseUrl);
  const socket = { socket: (target: SocketTarget) => openSocket(target, { tls }) };
  const open = () =>
    postgres(url, { max: 1, connect_timeout: 5, fetch_types: false, onnotice: () => undefined, ...socket });
  const [one, other] = [open(), open()];
  try {
    if (await isShared(one, other)) throw pooledError();
  } finally {
    await Promise.all([one, other].map((client) => client.end({ timeout: endTimeoutSeconds })));
  }
};

const pooledError = () =>
  Object.assign(
    new Error(
      'DATABASE_URL leads to a connection pooler in transaction mode: give the address of PostgreSQL itself, or of a pooler in session mode',
    ),
    { code: 'POOLED' },
  );

/** Whether two clients meet in one session, or one of them has several. */
const isShared = async (one: postgres.Sql, other: postgres.Sql): Promise<boolean> => {
  const { pid, announced } = await readBackend(one);
  // Without a pooler in between the server itself has announced its process at the start of the session.
  if (pid === announced) return false;
  for (let look = 0; look < looksMax; look++) {
    const shared = await other.begin(async (tx) => {
      if ((await readBackend(tx)).pid === pid) return true;
      return (await readBackend(one)).pid !== pid;
    });
    if (shared) return true;
  }
  return false;
};

/** The process that answers, and the one that was announced when the connection was opened. */
const readBackend = async (sql: postgres.ISql): Promise<{ pid: number; announced: number | undefined }> => {
  // Without parameters and unprepared: poolers know of no prepared statements of others.
  const result = await sql.unsafe<[{ pid: number }]>('select pg_backend_pid() as pid');
  return { pid: result[0].pid, announced: result.state?.pid };
};

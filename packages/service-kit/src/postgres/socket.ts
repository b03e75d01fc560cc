import { Socket } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';

/** Longer than any statement may take: the roles' transaction_timeout ends those after 30 s. */
const answerTimeoutMs = 40_000;
const lookIntervalMs = 1_000;

/** What postgres.js's option `socket` is called with. */
export interface SocketTarget {
  host: string[];
  port: number[];
}

export interface SocketOptions {
  /** Default 40 s; Infinity where a statement may take any time. */
  timeoutMs?: number | undefined;
  /** Undefined: not encrypted. */
  tls?: ConnectionOptions | undefined;
}

/**
 * Opens a socket for postgres.js. One that has sent something and got nothing back for `timeoutMs` is closed: its
 * queries fail with CONNECTION_CLOSED. It is handed over while it connects, because a promise that rejects would cost
 * the pool that connection.
 *
 * TLS begins at once, as PostgreSQL 17 and newer take it (libpq: sslnegotiation=direct). Where the driver negotiates it,
 * it takes all listeners away, and what has been answered cannot be seen from here.
 */
export const openSocket = (
  target: SocketTarget,
  { timeoutMs = answerTimeoutMs, tls }: SocketOptions,
): Socket => {
  const [host, port] = [target.host[0] as string, target.port[0] as number];
  const socket = tls ? connect({ ...tls, host, port }) : new Socket().connect({ host, port });
  closeWhenUnanswered(socket, timeoutMs);
  socket.setNoDelay(true);
  return Object.assign(socket, { host, port });
};

/**
 * A server that vanishes without closing its connections is otherwise noticed when TCP stops sending again, after about 15
 * minutes: keepalives wait until all that was sent is acknowledged, and Node cannot set TCP_USER_TIMEOUT.
 * Neither idleness counts nor what is sent meanwhile. What was sent before the last answer counts as answered.
 */
const closeWhenUnanswered = (socket: Socket, timeoutMs: number): void => {
  let bytesAnswered = 0;
  let unansweredMs = 0;
  // Looks are counted, not time: a process that was stopped for a while reads first what has come meanwhile.
  const looking = setInterval(() => {
    if (socket.bytesWritten === bytesAnswered) return;
    unansweredMs += lookIntervalMs;
    if (unansweredMs > timeoutMs) socket.destroy();
  }, lookIntervalMs).unref();
  socket.on('data', () => {
    bytesAnswered = socket.bytesWritten;
    unansweredMs = 0;
  });
  socket.once('close', () => clearInterval(looking));
};

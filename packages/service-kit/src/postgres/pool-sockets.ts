import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { DatabaseMetrics } from './database-metrics.ts';
import { openSocket, type SocketOptions, type SocketTarget } from './socket.ts';

export type PoolSockets = ReturnType<typeof poolSockets>;

/** The sockets of one pool. */
export const poolSockets = (observed: DatabaseMetrics, socketOptions: SocketOptions) => {
  const sockets = new Set<Socket>();
  const socket = (target: SocketTarget): Socket => {
    const started = performance.now();
    const opened = openSocket(target, socketOptions);
    sockets.add(opened);
    opened.once('connect', () => {
      observed.connectionOpened((performance.now() - started) / 1000);
      opened.once('close', observed.connectionClosed);
    });
    opened.once('error', () => {
      if (opened.connecting || opened.pending) observed.connectionFailed();
    });
    opened.once('close', () => sockets.delete(opened));
    return opened;
  };
  return {
    /** For postgres.js, which shows neither opened nor closed connections: it is given sockets that count themselves. */
    options: { socket } as object,
    /** Closes all connections; queries under way fail as transient, and the next ones open new connections. */
    closeAll: (): void => {
      for (const opened of sockets) opened.destroy();
    },
  };
};

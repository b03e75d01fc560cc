import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '@souk/embedded/ports.ts';

/** A TCP connection from one part to another, as a network that misbehaves when it is told to. */
export interface Link {
  /** Where the one part connects, instead of to the other's own port. */
  port: number;
  /** From now on every byte arrives so much later, in both directions. */
  delay(ms: number): void;
  /** Nothing gets through, and nobody is told: connections stay open. */
  block(): void;
  /** Ends every connection with a reset; new ones get through. */
  reset(): void;
  /** The server's side of every connection ends; the client is not told. */
  halfOpen(): void;
  /** What was held back arrives, and what is half open is reset. */
  heal(): void;
  close(): void;
}

interface Connection {
  client: Socket;
  server: Socket;
  halfOpen: boolean;
}

export const openLink = async (targetPort: number): Promise<Link> => {
  const port = await freePort();
  const connections = new Set<Connection>();
  const state = { delayMs: 0, blocked: false };
  const listener = createServer((client) => {
    const server = connect({ port: targetPort, host: '127.0.0.1' });
    const connection = { client, server, halfOpen: false };
    connections.add(connection);
    client.on('close', () => connections.delete(connection));
    passOn(client, server, state, () => true);
    passOn(server, client, state, () => !connection.halfOpen);
    if (state.blocked) pause(connection);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, '127.0.0.1', resolve);
  });
  const reset = (which: (connection: Connection) => boolean) => {
    for (const connection of connections) {
      if (!which(connection)) continue;
      connection.client.resetAndDestroy();
      connection.server.resetAndDestroy();
    }
  };
  return {
    port,
    delay: (ms) => {
      state.delayMs = ms;
    },
    block: () => {
      state.blocked = true;
      for (const connection of connections) pause(connection);
    },
    reset: () => reset(() => true),
    halfOpen: () => {
      for (const connection of connections) {
        connection.halfOpen = true;
        connection.server.destroy();
      }
    },
    heal: () => {
      Object.assign(state, { delayMs: 0, blocked: false });
      reset(({ halfOpen }) => halfOpen);
      for (const { client, server } of connections) for (const socket of [client, server]) socket.resume();
    },
    close: () => {
      listener.close();
      reset(() => true);
    },
  };
};

/** The same address by way of a port of this machine, such as a link's. */
export const withPort = (url: string, port: number): string => {
  const changed = new URL(url);
  changed.port = `${port}`;
  return changed.href;
};

const pause = ({ client, server }: Connection): void => {
  client.pause();
  server.pause();
};

/** Hands bytes on in order, each when its delay is over, and then the end, of which `to` hears only if `tellsEnd`. */
const passOn = (
  from: Socket,
  to: Socket,
  state: { delayMs: number; blocked: boolean },
  tellsEnd: () => boolean,
): void => {
  const queue: { at: number; chunk?: Buffer }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const send = () => {
    timer = undefined;
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const leftMs = next.at - performance.now();
      if (leftMs > 0) {
        timer = setTimeout(send, leftMs).unref();
        return;
      }
      queue.shift();
      if (to.destroyed) continue;
      if (next.chunk === undefined) to.destroy();
      else if (!to.write(next.chunk)) from.pause();
    }
  };
  const push = (chunk?: Buffer) => {
    queue.push({ at: performance.now() + state.delayMs, ...(chunk && { chunk }) });
    if (timer === undefined) send();
  };
  from.setNoDelay(true);
  from.on('data', push);
  to.on('drain', () => state.blocked || from.resume());
  from.on('error', () => undefined);
  from.on('close', () => tellsEnd() && push());
};

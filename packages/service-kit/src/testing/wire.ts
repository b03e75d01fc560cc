import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A way to Postgres that can stop carrying anything, with no end that either side could see. */
export interface Wire {
  url: string;
  cut(): void;
  reconnect(): void;
  close(): Promise<void>;
}

export const openWire = async (databaseUrl: string): Promise<Wire> => {
  const url = new URL(databaseUrl);
  const inner = { host: url.hostname, port: Number(url.port) };
  const sockets = new Set<Socket>();
  let isCut = false;
  const carry = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('data', (chunk) => to.write(chunk));
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    if (isCut) from.pause();
  };
  const server: Server = createServer((client) => {
    const postgres = connect(inner);
    carry(client, postgres);
    carry(postgres, client);
  });
  await new Promise<void>((resolve) => server.listen(0, url.hostname, resolve));
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    reconnect: () => {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

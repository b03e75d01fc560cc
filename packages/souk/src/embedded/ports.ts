import { connect, createServer } from 'node:net';

/**
 * Below the kernel's ephemeral range (from 32768 on Linux, 49152 on macOS), so that no outgoing connection can
 * take a port between the moment it is picked and the moment it is bound, or while its server is restarted.
 */
const pickFromPort = 20_000;
const pickToPort = 31_999;
const pickAttemptsMax = 200;
const probeTimeoutMs = 1_000;

/** A TCP port on 127.0.0.1 that nothing listens on at this moment. Throws when 200 picks in a row were taken. */
export const freePort = async (): Promise<number> => {
  for (let attempt = 0; attempt < pickAttemptsMax; attempt += 1) {
    const port = pickFromPort + Math.floor(Math.random() * (pickToPort - pickFromPort + 1));
    if (await isPortFree(port)) return port;
  }
  throw new Error(`no free port found between ${pickFromPort} and ${pickToPort}`);
};

/**
 * Whether a server may listen on this port of the host (127.0.0.1 by default). Something that answers on the
 * loopback counts as taken even where the system would allow a second, more specific listener beside it.
 */
export const isPortFree = async (port: number, host = '127.0.0.1'): Promise<boolean> =>
  !(await answers(port)) && (await binds(port, host));

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: probeTimeoutMs });
    const finish = (found: boolean) => {
      socket.destroy();
      resolve(found);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(true));
    socket.once('error', () => finish(false));
  });

const binds = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });

import { connect, createServer } from 'node:net';

/**
 * Below the kernel's ephemeral range (from 32768 on Linux, 49152 on macOS), so that no outgoing connection can
 * take a port between the moment it is picked and the moment it is bound, or while its server is restarted.
 */
const pickFromPort = 20_000;
const pickToPort = 31_999;
const pickAttemptsMax = 200;
const probeTimeoutMs = 1_000;

/** A TCP port on 127.0.0.1 for this process; see `freePorts`. */
export const freePort = (): Promise<number> => freePorts(1);

/**
 * The first of so many consecutive TCP ports on 127.0.0.1 that nothing listens on at this moment, and that no
 * other process gets from here as long as this one lives. Throws when 200 picks in a row were taken.
 */
export const freePorts = async (count: number): Promise<number> => {
  for (let attempt = 0; attempt < pickAttemptsMax; attempt += 1) {
    const first = pickFromPort + Math.floor(Math.random() * (pickToPort - pickFromPort + 2 - count));
    let free = 0;
    while (free < count && (await claimIfFree(first + free))) free += 1;
    if (free === count) return first;
  }
  throw new Error(`no free port found between ${pickFromPort} and ${pickToPort}`);
};

/** Whether the port is free and no other process has claimed it; then this one has, until it ends. */
export const claimIfFree = async (port: number): Promise<boolean> =>
  (await isPortFree(port)) && (await claims(`port-${port}`));

/**
 * Whether a server may listen on this port of the host (127.0.0.1 by default). Something that answers on the
 * loopback counts as taken even where the system would allow a second, more specific listener beside it. Rejects when
 * the host is not an address of this machine, or the port is not for this user.
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
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });

/**
 * Whether no other process has claimed the name; then this one has, until it ends. Linux has names of sockets apart from
 * the file system: exclusive, and gone with their process. So two processes that look for a port at the same moment never
 * choose the same one. Elsewhere nothing is claimed.
 */
export const claims = (name: string): Promise<boolean> =>
  new Promise((resolve) => {
    if (process.platform !== 'linux') return resolve(true);
    const claim = createServer().unref();
    claim.once('error', () => resolve(false));
    claim.listen(`\0souk-${name}`, () => resolve(true));
  });

import { connect, createServer, type Server, type Socket } from 'node:net';

/** Kafka's numbers for the two requests whose answers name brokers by host and port: Metadata, FindCoordinator. */
const apisThatNameBrokers: ReadonlySet<number> = new Set([3, 10]);
const lengthBytes = 4;

export interface Route {
  /** Where clients connect. */
  publicPort: number;
  /** Where the broker listens. */
  innerPort: number;
  /** What clients are told instead of `innerPort`, where that is not `publicPort`. */
  namedPort?: number;
}

/** Sees a frame before it is passed on; `api` is Kafka's number of the request, 0 for Produce. */
export type FrameWatch = (kind: 'request' | 'answer', api: number) => void;

/**
 * Gives brokers other ports, such as librdkafka's in-memory ones ports of our choice. It binds to ports the kernel picks and has no setting
 * for them, so that a restarted one could never be found again; a plain TCP proxy does not help, because its
 * answers name the inner ports. This one hands every frame on as it is, and only replaces the port after the host
 * in the answers that name brokers (Kafka protocol: int32 length, then a request starts with int16 api key, int16
 * api version, int32 correlation id; a response with int32 correlation id; a broker is a string host, int32 port).
 */
export const startProxies = async (routes: Route[], watch: FrameWatch = () => undefined): Promise<Server[]> =>
  Promise.all(
    routes.map(async ({ publicPort, innerPort }) => {
      const server = createServer((client) => connectThrough(client, innerPort, routes, watch));
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(publicPort, '127.0.0.1', resolve);
      });
      return server;
    }),
  );

const connectThrough = (client: Socket, innerPort: number, routes: Route[], watch: FrameWatch): void => {
  const inner = connect({ port: innerPort, host: '127.0.0.1' });
  /** Api by correlation id. A request that asks for no answer stays: nobody here sends one. */
  const unanswered = new Map<number, number>();
  passFrames(client, inner, (request) => {
    const api = request.readInt16BE(lengthBytes);
    unanswered.set(request.readInt32BE(8), api);
    watch('request', api);
  });
  passFrames(inner, client, (response) => {
    const id = response.readInt32BE(lengthBytes);
    const api = unanswered.get(id);
    unanswered.delete(id);
    if (api === undefined) return;
    if (apisThatNameBrokers.has(api)) replacePorts(response, routes);
    watch('answer', api);
  });
};

/** Passes frames on, whole and in order, and waits while the other side is slow. Each side's end is the other's. */
const passFrames = (from: Socket, to: Socket, inspect: (frame: Buffer) => void): void => {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let neededBytes = lengthBytes;

  const passOn = (chunk: Buffer) => {
    pending.push(chunk);
    pendingBytes += chunk.length;
    if (pendingBytes < neededBytes) return;
    let rest = Buffer.concat(pending);
    neededBytes = frameBytes(rest);
    while (rest.length >= neededBytes && rest.length >= lengthBytes) {
      const frame = rest.subarray(0, neededBytes);
      inspect(frame);
      if (!to.write(frame)) from.pause();
      rest = rest.subarray(neededBytes);
      neededBytes = frameBytes(rest);
    }
    pending = rest.length > 0 ? [rest] : [];
    pendingBytes = rest.length;
  };

  from.setNoDelay(true);
  from.on('data', passOn);
  to.on('drain', () => from.resume());
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
};

const frameBytes = (start: Buffer): number =>
  start.length < lengthBytes ? lengthBytes : lengthBytes + start.readInt32BE(0);

const host = Buffer.from('127.0.0.1');

const replacePorts = (response: Buffer, routes: Route[]): void => {
  for (let at = response.indexOf(host); at !== -1; at = response.indexOf(host, at + 1)) {
    const portAt = at + host.length;
    const route = routes.find(({ innerPort }) => response.readInt32BE(portAt) === innerPort);
    if (route) response.writeInt32BE(route.namedPort ?? route.publicPort, portAt);
  }
};

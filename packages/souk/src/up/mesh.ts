import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ownerRole,
  type ServiceName,
  serviceNames,
  servicePort,
  services,
} from '@souk/contracts/services.ts';
import { startBroker } from '@souk/embedded/broker.ts';
import { type Child, describeExit, startChild } from '@souk/embedded/child.ts';
import { startPostgres } from '@souk/embedded/postgres.ts';
import { databaseUrl, type PostgresAddress } from '@souk/embedded/postgres-database.ts';
import { startRedis } from '@souk/embedded/redis.ts';
import { isLoopback } from '@souk/service-kit/access/access-config.ts';
import { publicKeysFile, signingKeysFile } from '@souk/service-kit/access/signing-keys.ts';
import type { MeshAddresses } from '../mesh-file.ts';
import { root } from '../root.ts';
import { testProvider, testProviderSecret } from '../test-payments.ts';
import type { MeshLog } from './mesh-log.ts';
import type { MeshPorts } from './mesh-ports.ts';

const readyDeadlineMs = 60_000;
const readyPollMs = 50;
/** Longer than a service's own deadline (SHUTDOWN_DEADLINE_MS, 10 s by default). */
const serviceStopDeadlineMs = 15_000;
/** In MB: without bounds V8 lets garbage grow with the memory of the machine. */
const smallHeap = ['--max-semi-space-size=4', '--max-old-space-size=128'];
const stoppedEarly = 'stopped while starting';

export interface MeshOptions {
  host: string;
  portBase: number;
  ports: MeshPorts;
  data?: string | undefined;
  topics: string[];
  /** The folder that holds user/src/main.ts and the others. */
  servicesFolder: string;
  /** Of the keys that access tokens are signed with, and verified by. */
  keysFolder: string;
  log: MeshLog;
  /** Told of every step that is done. */
  onProgress(step: string): void;
}

export interface Mesh {
  /** Starts everything and resolves when every service is ready; rejects when one ends or is not ready in time. */
  start(): Promise<MeshAddresses>;
  /** Rejects, naming it and its last lines, when a process ends that nobody stopped. */
  died: Promise<never>;
  /** Stops in the reverse order of the start what has been started so far, and waits until it is gone. */
  stop(): Promise<void>;
  /** Ends every process at once. */
  kill(): void;
}

/** PostgreSQL, Kafka, Redis and the services, as processes of this machine. Nothing runs before start(). */
export const createMesh = (options: MeshOptions): Mesh => {
  const { host, portBase, ports, topics, log, onProgress } = options;
  const running: { child: Child; stop(): Promise<unknown> }[] = [];
  const { promise: died, reject: die } = Promise.withResolvers<never>();
  died.catch(() => undefined);
  let stopping = false;
  let starting: Promise<unknown> = Promise.resolve();

  /** Registers what was started, or, when a stop came in between, lets it be the last. */
  const keep = <T extends { child: Child; stop(): Promise<unknown> }>(name: string, started: T): T => {
    running.push(started);
    void started.child.exited.then((exit) => {
      if (stopping) return;
      const lines = started.child.lastLines().map((line) => `  ${line}`);
      die(
        new Error(
          [`${name} ended unexpectedly (${describeExit(exit)}). Its last lines:`, ...lines].join('\n'),
        ),
      );
    });
    if (stopping) throw new Error(stoppedEarly);
    onProgress(name);
    return started;
  };

  const startInfrastructure = async () => {
    const postgres = await startPostgres({
      port: ports.postgres,
      folder: options.data,
      owners: true,
      onLine: log.infrastructure('postgres'),
    });
    keep('PostgreSQL', postgres);
    const onBrokerLine = log.infrastructure('kafka');
    const broker = keep('Kafka', await startBroker({ ports: [ports.kafka], topics, onLine: onBrokerLine }));
    const redis = await startRedis({ port: ports.redis, onLine: log.infrastructure('redis') });
    if (redis) keep('Redis', redis);
    return { postgres: postgres.address, brokers: broker.brokers, redisUrl: redis?.url };
  };

  const startService = async (name: ServiceName, env: Record<string, string | undefined>) => {
    const child = await startChild({
      command: process.execPath,
      args: [...smallHeap, join(options.servicesFolder, name, 'src/main.ts')],
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: join(root, '.souk/compile-cache'),
        MALLOC_ARENA_MAX: '2',
        ...env,
        AUTH_MODE: process.env.AUTH_MODE ?? (isLoopback(host) ? 'open' : 'required'),
        AUTH_JWKS_FILE: publicKeysFile(options.keysFolder),
        ...(name === 'user' ? { AUTH_SIGNING_KEYS_FILE: signingKeysFile(options.keysFolder) } : {}),
        HOST: host,
        PORT: `${servicePort(name, portBase)}`,
        LOG_PRETTY: 'false',
      },
      stopDeadlineMs: serviceStopDeadlineMs,
      onLine: log.service(name),
    });
    keep(name, { child, stop: child.stop });
  };

  const start = async (): Promise<MeshAddresses> => {
    const { postgres, brokers, redisUrl } = await startInfrastructure();
    for (const name of serviceNames) {
      await startService(name, {
        DATABASE_URL: databaseUrl(postgres, services[name].role),
        MIGRATION_DATABASE_URL: databaseUrl(postgres, ownerRole(name)),
        KAFKA_BROKERS: brokers,
        REDIS_URL: redisUrl,
        // The in-memory broker holds back every empty answer for as long as it may.
        KAFKA_FETCH_WAIT_MAX_MS: '10',
        PAYMENT_SECRETS:
          process.env.PAYMENT_SECRETS ?? (isLoopback(host) ? `${testProvider}=${testProviderSecret}` : ''),
      });
    }
    const urls = serviceUrls(host, portBase);
    const isOver = () => stopping;
    await Promise.race([Promise.all(serviceNames.map((name) => untilReady(name, urls[name], isOver))), died]);
    if (stopping) throw new Error(stoppedEarly);
    const kafka = { kafkaBrokers: brokers, redisUrl: redisUrl ?? null };
    return { pid: process.pid, services: urls, ...kafka, postgresUrls: postgresUrls(postgres) };
  };

  return {
    start: () => {
      const started = start();
      starting = started.catch(() => undefined);
      return started;
    },
    died,
    stop: async () => {
      stopping = true;
      await starting;
      for (const { stop } of running.reverse()) await stop();
    },
    kill: () => {
      for (const { child } of running) child.kill('SIGKILL');
    },
  };
};

const untilReady = async (name: ServiceName, url: string, isOver: () => boolean): Promise<void> => {
  const deadline = Date.now() + readyDeadlineMs;
  let answer = 'no answer';
  while (!isOver()) {
    const response = await fetch(`${url}/ready`).catch(() => undefined);
    if (response?.ok) return;
    if (response) answer = await response.text();
    if (Date.now() > deadline) throw new Error(`${name} is not ready after ${readyDeadlineMs} ms: ${answer}`);
    await pause(readyPollMs);
  }
};

/** A service that listens everywhere is reached on the loopback. */
const serviceUrls = (host: string, portBase: number) => {
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const authority = reached.includes(':') ? `[${reached}]` : reached;
  return Object.fromEntries(
    serviceNames.map((name) => [name, `http://${authority}:${servicePort(name, portBase)}`]),
  ) as Record<ServiceName, string>;
};

const postgresUrls = (address: PostgresAddress): Record<string, string> =>
  Object.fromEntries(
    (Object.keys(address.passwords) as (keyof PostgresAddress['passwords'])[]).map((role) => [
      role,
      databaseUrl(address, role),
    ]),
  );

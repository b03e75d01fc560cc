import { fileURLToPath } from 'node:url';
import { type ServiceName, services } from '@souk/contracts/services.ts';
import { type Child, startChild } from '@souk/embedded/child.ts';
import { freePort } from '@souk/embedded/ports.ts';
import { parseMetrics } from '@souk/importers/shop/prometheus-text.ts';
import { eventually } from '@souk/testing/eventually.ts';
import { testPostgres } from '@souk/testing/postgres.ts';
import { testRedis } from '@souk/testing/redis.ts';
import { type RunningService, spawnService } from '@souk/testing/service.ts';
import postgres from 'postgres';
import { residentMiB } from './process-stats.ts';
import { productionEnv } from './production.ts';

/** What worlds tell about themselves. */
export interface Observed {
  /** The most memory any process of a service has had so far, in MiB. */
  peaksMiB: Map<string, number>;
  postgres: string;
}

/** A process that answers HTTP. */
export interface Server {
  url: string;
  pid: number;
}

/** A Postgres (with fsync), a Redis and services on them, each as in production. */
export interface World {
  brokers: string;
  databaseUrl(name: ServiceName): string;
  /** The superuser's connection. */
  sql: postgres.Sql;
  /** Starts the services that do not run yet and waits until they are ready. */
  start(...names: ServiceName[]): Promise<void>;
  stop(...names: ServiceName[]): Promise<void>;
  service(name: ServiceName): Server;
  /** How many messages a service has applied or skipped since its start, by its own account; a refused one is no work done. */
  consumed(name: ServiceName): Promise<number>;
  /** The baseline of HTTP rows (bare/bare-server-main.ts), with the same V8 flags and number of connections. */
  startBare(): Promise<Server>;
  close(): Promise<void>;
}

const consumedMetric = 'kafka_messages_consumed_total';
const stopDeadlineMs = 5_000;
const bareMain = fileURLToPath(new URL('../bare/bare-server-main.ts', import.meta.url));

export const openWorld = async (
  brokers: string,
  observed: Observed,
  env: Record<string, string> = {},
): Promise<World> => {
  const [server, redis] = await Promise.all([testPostgres({ durable: true }), testRedis()]);
  const sql = postgres(server.url('postgres'), { max: 2, onnotice: () => undefined });
  observed.postgres = (await sql<{ server_version: string }[]>`show server_version`)[0]?.server_version ?? '';
  const databaseUrl = (name: ServiceName) => server.url(services[name].role);
  const running = new Map<ServiceName, RunningService>();
  const bares: Child[] = [];
  let closing: Promise<void> | undefined;

  const startOne = async (name: ServiceName) => {
    if (closing) throw new Error('the world is closed');
    if (running.has(name)) return;
    const service = await spawnService(name, {
      ...productionEnv(),
      ...env,
      DATABASE_URL: databaseUrl(name),
      KAFKA_BROKERS: brokers,
      REDIS_URL: redis.url,
    });
    running.set(name, service);
    await service.ready();
  };
  const stopOne = async (name: ServiceName) => {
    const service = running.get(name);
    if (!service) return;
    running.delete(name);
    const { peaksMiB } = observed;
    peaksMiB.set(name, Math.max(peaksMiB.get(name) ?? 0, residentMiB(service.pid).peak));
    await service.stop();
  };
  const service = (name: ServiceName): RunningService => {
    const found = running.get(name);
    if (!found) throw new Error(`${name} does not run`);
    return found;
  };
  const close = async () => {
    await Promise.all([...[...running.keys()].map(stopOne), ...bares.map((child) => child.stop())]);
    await sql.end({ timeout: 1 });
    await Promise.all([redis.stop(), server.remove()]);
  };
  return {
    brokers,
    databaseUrl,
    sql,
    start: async (...names) => {
      await Promise.all(names.map(startOne));
    },
    stop: async (...names) => {
      await Promise.all(names.map(stopOne));
    },
    service,
    consumed: async (name) => {
      const text = await (await fetch(`${service(name).url}/metrics`)).text();
      return parseMetrics(text)
        .filter(({ name: metric, labels }) => metric === consumedMetric && labels.status !== 'dead_lettered')
        .reduce((sum, { value }) => sum + value, 0);
    },
    startBare: async () => {
      const port = await freePort();
      const child = await startChild({
        command: process.execPath,
        args: [bareMain],
        env: { ...process.env, ...productionEnv(), DATABASE_URL: server.url('postgres'), PORT: `${port}` },
        stopDeadlineMs,
        onLine: (line) => console.error(`bare: ${line}`),
      });
      bares.push(child);
      const url = `http://127.0.0.1:${port}`;
      await eventually(() => fetch(url));
      return { url, pid: child.pid };
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
};

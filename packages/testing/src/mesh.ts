import { ownerRole, type ServiceName, serviceNames, services } from '@souk/contracts/services.ts';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import postgres from 'postgres';
import { testBroker } from './broker.ts';
import { infrastructure } from './infrastructure.ts';
import { testPostgres } from './postgres.ts';
import { testRedis } from './redis.ts';
import type { TestBroker, TestPostgres, TestRedis } from './servers.ts';
import { type RunningService, spawnService } from './service.ts';

/** The services as real processes, on a Postgres, a broker and a Redis of their own. */
export interface TestMesh {
  postgres: TestPostgres;
  broker: TestBroker;
  redis: TestRedis;
  /** The superuser's view of all schemas, for looking from outside. */
  sql: postgres.Sql;
  service(name: ServiceName): RunningService;
  /** Starts it (again) and waits until it is ready, unless `wait` is false; `from` another folder of services, if given. */
  start(name: ServiceName, options?: Start): Promise<RunningService>;
  /** A further replica of a service, on a port of its own. */
  replica(name: ServiceName): Promise<RunningService>;
  /** Every process of a service that was ever started, replicas included. */
  processes: readonly RunningService[];
  stop(): Promise<void>;
}

interface Start {
  wait?: boolean;
  from?: URL | undefined;
}

export interface TestMeshOptions {
  /** Left for the test to start. */
  without?: readonly ServiceName[];
  /** Instead of servers of its own; they are stopped with the mesh. */
  broker?: TestBroker;
  postgres?: TestPostgres;
  redis?: TestRedis;
  /** Further variables for every service, such as LOG_LEVEL, or those of each. */
  env?: Record<string, string> | ((name: ServiceName) => Record<string, string>);
}

/** Starts everything and waits until it is ready. */
export const testMesh = async (options: TestMeshOptions = {}): Promise<TestMesh> => {
  const { without = [], env = {} } = options;
  const [server, broker, redis] = await Promise.all([
    options.postgres ?? testPostgres({ owners: true }),
    options.broker ?? testBroker(kafkaTopics.map(({ name }) => name)),
    options.redis ?? testRedis(),
  ]);
  const sql = postgres(server.url('postgres'), { max: 4, onnotice: () => undefined, types: { bigint } });
  const running = new Map<ServiceName, RunningService>();
  const all: RunningService[] = [];

  const spawn = async (name: ServiceName, { wait = true, from }: Start = {}) => {
    const environment = {
      DATABASE_URL: server.url(services[name].role),
      ...(server.hasOwners && { MIGRATION_DATABASE_URL: server.url(ownerRole(name)) }),
      KAFKA_BROKERS: broker.brokers,
      // A real Kafka answers as soon as there is something.
      ...(infrastructure === 'embedded' && { KAFKA_FETCH_WAIT_MAX_MS: '30' }),
      KAFKA_SESSION_TIMEOUT_MS: '4000',
      REDIS_URL: redis.url,
      VALIDATE_RESPONSES: 'true',
      ...(typeof env === 'function' ? env(name) : env),
    };
    const service = await spawnService(name, environment, from);
    all.push(service);
    if (wait) await service.ready();
    return service;
  };
  const start = async (name: ServiceName, options: Start = {}) => {
    const service = await spawn(name, options);
    running.set(name, service);
    return service;
  };
  await Promise.all(serviceNames.filter((name) => !without.includes(name)).map((name) => start(name)));

  return {
    postgres: server,
    broker,
    redis,
    sql,
    service: (name) => {
      const service = running.get(name);
      if (!service) throw new Error(`${name} was not started`);
      return service;
    },
    start,
    replica: (name) => spawn(name),
    processes: all,
    stop: async () => {
      for (const service of all) service.kill('SIGCONT');
      await Promise.all(all.map((service) => service.stop()));
      await sql.end({ timeout: 1 });
      await Promise.all([broker.stop(), redis.stop(), server.remove()]);
    },
  };
};

const bigint = { to: 20, from: [20], serialize: String, parse: Number };

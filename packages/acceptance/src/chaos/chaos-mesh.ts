import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type ServiceName, services } from '@souk/contracts/services.ts';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import { openSender, type Sender } from '@souk/service-kit/kafka/sender.ts';
import { withPort } from '@souk/testing/link.ts';
import { localKafka } from '@souk/testing/local/local-kafka.ts';
import { type TestMesh, testMesh } from '@souk/testing/mesh.ts';
import { testPostgres } from '@souk/testing/postgres.ts';
import { testRedis } from '@souk/testing/redis.ts';
import type { TestKafka } from '@souk/testing/servers.ts';
import { call } from '../http-call.ts';
import { createJournal, type Journal } from './journal.ts';
import { type Network, openNetwork } from './network.ts';
import { openQuotaFolder, type QuotaFolder } from './quota-folder.ts';
import { openSupervisor, type Supervisor } from './supervisor.ts';

/** A whole mesh on real servers, every part of which can be made to fail. */
export interface ChaosMesh extends Supervisor, Network {
  mesh: TestMesh;
  broker: TestKafka;
  /** Where Kafka's and Postgres's files are; undefined where nothing may be mounted. */
  disks: { kafka: QuotaFolder; postgres: QuotaFolder } | undefined;
  journal: Journal;
  /** Ids of users and products that stay, and the products' skus. */
  users: string[];
  products: string[];
  skus: string[];
  /** Ids of users who check carts out, and of the products that they alone buy, of each of which there were `stockOfEach`. */
  buyers: string[];
  stocked: string[];
  /** A name that no other has. */
  nextName(prefix: string): string;
  /** To the broker itself, by none of the links. */
  sender: Sender;
  /** Documents on the topic of orders since the last check, by order_uid: a broker may lose them with its log. */
  topicOrders: Map<string, string>;
  /** Variables that processes of a service are started with from now on. */
  startWith(name: ServiceName, env: Record<string, string>): void;
  stop(): Promise<void>;
}

const entities = 12;
const buyersCount = 2;
const stockedCount = 3;
export const stockOfEach = 1_000_000;
/** Of the test provider of payments. */
export const paymentSecret = 'a-secret-of-chaos';
const diskMegabytes = 768;

export const openChaosMesh = async (): Promise<ChaosMesh> => {
  const disks = openDisks();
  const [postgres, broker, redis] = await Promise.all([
    testPostgres({
      durable: true,
      ...(disks && { folder: mkdtempSync(join(disks.postgres.path, 'data-')) }),
    }),
    localKafka(
      kafkaTopics.map(({ name }) => name),
      disks ? { folder: disks.kafka.path } : {},
    ),
    testRedis(),
  ]);
  if (redis.url === '') throw new Error('there is no redis-server: Debian has it as redis-server');
  const portOf = (url: string) => Number(new URL(url).port);
  const network = await openNetwork({
    postgres: portOf(postgres.url('postgres')),
    kafka: portOf(`kafka://${broker.brokers}`),
    redis: portOf(redis.url),
  });
  const extra = new Map<ServiceName, Record<string, string>>();
  const env = (name: ServiceName): Record<string, string> => ({
    DATABASE_URL: withPort(postgres.url(services[name].role), network.port(name, 'postgres')),
    KAFKA_BROKERS: `127.0.0.1:${network.port(name, 'kafka')}`,
    REDIS_URL: `redis://127.0.0.1:${network.port(name, 'redis')}`,
    PAYMENT_SECRETS: `test=${paymentSecret}`,
    ...extra.get(name),
  });
  const mesh = await testMesh({ broker, postgres, redis, env });
  const supervisor = openSupervisor(mesh);
  const sender = await openSender(broker.brokers, 'souk-chaos');
  const journal = createJournal();
  let names = 0;
  return {
    ...{ ...supervisor, ...network, mesh, broker, disks, journal, sender },
    ...(await createEntities(mesh, journal)),
    topicOrders: new Map(),
    nextName: (prefix) => {
      names += 1;
      return `${prefix}-${names}`;
    },
    startWith: (name, variables) => void extra.set(name, variables),
    stop: async () => {
      supervisor.close();
      await sender.close();
      await mesh.stop();
      network.close();
      if (disks) for (const disk of Object.values(disks)) disk.close();
    },
  };
};

const openDisks = (): ChaosMesh['disks'] => {
  const kafka = openQuotaFolder(diskMegabytes);
  const postgres = kafka && openQuotaFolder(diskMegabytes);
  return kafka && postgres && { kafka, postgres };
};

const createEntities = async (mesh: TestMesh, journal: Journal) => {
  const [users, products, skus, buyers, stocked]: string[][] = [[], [], [], [], []];
  const create = async (name: ServiceName, path: string, body: object): Promise<string> => {
    const answer = await call('POST', `${mesh.service(name).url}${path}`, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id;
  };
  for (let index = 0; index < entities; index += 1) {
    const email = `shopper-${index}@example.com`;
    users?.push(await create('user', '/api/v1/users', { email, name: `Shopper ${index}` }));
    journal.users.add(email);
    const sku = `thing-${index}`;
    products?.push(await create('product', '/api/v1/products', { sku, name: sku, price: 1 }));
    journal.products.add(sku);
    skus?.push(sku);
  }
  for (let index = 0; index < buyersCount; index += 1) {
    const email = `buyer-${index}@example.com`;
    buyers?.push(await create('user', '/api/v1/users', { email, name: `Buyer ${index}` }));
    journal.users.add(email);
  }
  for (let index = 0; index < stockedCount; index += 1) {
    const sku = `stocked-${index}`;
    const body = { sku, name: sku, price: 2 + index, stock: stockOfEach };
    stocked?.push(await create('product', '/api/v1/products', body));
    journal.products.add(sku);
  }
  type Entities = Pick<ChaosMesh, 'users' | 'products' | 'skus' | 'buyers' | 'stocked'>;
  return { users, products, skus, buyers, stocked } as Entities;
};

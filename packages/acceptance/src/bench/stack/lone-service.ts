import type { ServiceName } from '@souk/contracts/services.ts';
import { kafkaTopics } from '@souk/contracts/topics.ts';
import { testBroker } from '@souk/testing/broker.ts';
import { testPostgres } from '@souk/testing/postgres.ts';
import { spawnService } from '@souk/testing/service.ts';
import { productionEnv } from './production.ts';
import type { Server } from './world.ts';

/** A service as in production, on a Postgres and an in-memory broker of its own; of another checkout with `from`. */
export const openLoneService = async (
  name: ServiceName,
  env: Record<string, string> = {},
  from?: URL,
): Promise<Server & { close(): Promise<void> }> => {
  const topics = kafkaTopics.map((topic) => topic.name);
  const [postgres, broker] = await Promise.all([testPostgres(), testBroker(topics)]);
  const variables = {
    ...{ ...productionEnv(), LOG_LEVEL: 'warn' },
    ...{ DATABASE_URL: postgres.url(`${name}_service`), KAFKA_BROKERS: broker.brokers },
    ...env,
  };
  const service = await spawnService(name, variables, from);
  await service.ready();
  const close = async () => {
    await service.stop();
    await Promise.all([broker.stop(), postgres.remove()]);
  };
  return { url: service.url, pid: service.pid, close };
};

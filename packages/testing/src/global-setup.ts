import { startPostgres } from '@souk/embedded/postgres.ts';
import { prepareDatabase } from '@souk/embedded/postgres-database.ts';
import type { TestProject } from 'vitest/node';
import { makeClusterTemplate } from './cluster-template.ts';
import { templateDatabase } from './database.ts';
import { infrastructure } from './infrastructure.ts';

/**
 * Starts one PostgreSQL for all integration tests; a test file gets a database of its own from it (database.ts),
 * or a server of its own, which begins with a copy of the cluster that is made here (postgres.ts).
 * Kafka and Redis are not here: a file that needs one starts its own in a tenth of a second (broker.ts, redis.ts).
 */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const removeTemplate = infrastructure === 'embedded' ? await makeClusterTemplate() : () => undefined;
  const { address, stop } = await startServer();
  await prepareDatabase(address, templateDatabase);
  project.provide('postgres', address);
  return async () => {
    await stop();
    removeTemplate();
  };
};

const startServer = async () => {
  if (infrastructure !== 'containers')
    return startPostgres({ durable: false, settings: { scram_iterations: '1' } });
  const { postgresContainer } = await import('./containers/postgres-container.ts');
  const { address, remove } = await postgresContainer();
  return { address, stop: remove };
};

import { startPostgres } from 'souk/embedded/postgres.ts';
import { prepareDatabase } from 'souk/embedded/postgres-database.ts';
import type { TestProject } from 'vitest/node';
import { templateDatabase } from './database.ts';

/**
 * Starts one PostgreSQL for all integration tests; a test file gets a database of its own from it (database.ts).
 * Kafka and Redis are not here: a file that needs one starts its own in a tenth of a second (broker.ts, redis.ts).
 */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const postgres = await startPostgres({ durable: false });
  await prepareDatabase(postgres.address, templateDatabase);
  project.provide('postgres', postgres.address);
  return postgres.stop;
};

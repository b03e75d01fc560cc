import { rmSync } from 'node:fs';
import { guard } from '@souk/embedded/guard.ts';
import { startPostgres } from '@souk/embedded/postgres.ts';
import { prepareDatabase } from '@souk/embedded/postgres-database.ts';
import type { TestProject } from 'vitest/node';
import { makeClusterTemplate } from './cluster-template.ts';
import { templateDatabase } from './database.ts';
import { infrastructure } from './infrastructure.ts';
import { hasMemoryToSpare, memoryFolder } from './memory-folder.ts';

/**
 * Starts one PostgreSQL for all integration tests; a test file gets a database of its own from it (database.ts),
 * or a server of its own, which begins with a copy of the cluster that is made here (postgres.ts).
 * Kafka and Redis are not here: a file that needs one starts its own in a tenth of a second (broker.ts, redis.ts).
 */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const embedded = infrastructure === 'embedded';
  const folder = embedded ? memoryFolder() : undefined;
  // Of this process, and of the workers that it starts from now on.
  if (folder) process.env.TMPDIR = folder;
  const removeTemplate = embedded ? await makeClusterTemplate() : () => undefined;
  const { address, pid, stop } = await startServer();
  const release = folder && pid ? guard(pid, 'SIGINT', folder) : () => undefined;
  await prepareDatabase(address, templateDatabase);
  project.provide('postgres', address);
  return async () => {
    await stop();
    release();
    removeTemplate();
    if (folder) rmSync(folder, { recursive: true, force: true });
  };
};

const startServer = async () => {
  if (infrastructure !== 'containers') {
    const { address, child, stop } = await startPostgres({
      durable: false,
      settings: { scram_iterations: '1' },
    });
    return { address, pid: child.pid, stop };
  }
  const { postgresContainer } = await import('./containers/postgres-container.ts');
  const { address, remove } = await postgresContainer({ inMemory: hasMemoryToSpare() });
  return { address, pid: undefined, stop: remove };
};

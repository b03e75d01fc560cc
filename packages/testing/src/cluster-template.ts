import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startPostgres } from '@souk/embedded/postgres.ts';
import { serverOwner, temporaryFolder } from '@souk/embedded/postgres-system.ts';

const variable = 'TEST_CLUSTER_TEMPLATE';
const run = promisify(execFile);

/** Makes a cluster that copyTemplate() of this process and its children copies; returns what removes it. */
export const makeClusterTemplate = async (): Promise<() => void> => {
  const folder = mkdtempSync(join(temporaryFolder(serverOwner()), 'souk-test-'));
  chmodSync(folder, 0o755);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  await (await startPostgres({ folder, durable: false })).stop();
  process.env[variable] = folder;
  return remove;
};

/** Puts a copy of the template into the folder, where there is one: a tenth of the work of making a cluster. */
export const copyTemplate = async (folder: string): Promise<void> => {
  const template = process.env[variable];
  // Not cpSync: the files keep their owner.
  if (template) await run('cp', ['-a', `${template}/.`, folder]);
};

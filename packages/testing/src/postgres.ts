import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '@souk/embedded/postgres.ts';
import { databaseUrl } from '@souk/embedded/postgres-database.ts';
import { serverOwner, temporaryFolder } from '@souk/embedded/postgres-system.ts';
import { copyTemplate } from './cluster-template.ts';
import { infrastructure } from './infrastructure.ts';
import type { TestPostgres } from './servers.ts';

interface TestPostgresOptions {
  /** With fsync. */
  durable?: boolean;
  folder?: string;
  /** Further ones of the embedded server. */
  settings?: Record<string, string>;
  /** Gives every schema an owner; otherwise the services' roles own them. */
  owners?: boolean;
}

/**
 * A PostgreSQL of its own, for tests in which the server goes away; others take a testDatabase(). Its data are in
 * `folder`, a new one by default, which goes with them.
 */
export const testPostgres = async ({
  durable = infrastructure === 'local',
  // What is to outlast the machine is on a disk.
  folder = mkdtempSync(join(durable ? '/tmp' : temporaryFolder(serverOwner()), 'souk-test-')),
  settings,
  owners = false,
}: TestPostgresOptions = {}): Promise<TestPostgres> => {
  if (infrastructure === 'containers') {
    const { postgresContainer } = await import('./containers/postgres-container.ts');
    return postgresContainer({ owners });
  }
  chmodSync(folder, 0o755);
  await copyTemplate(folder);
  const logs: string[] = [];
  const onLine = (line: string) => void logs.push(line);
  let server = await startPostgres({ folder, durable, settings, owners, onLine });
  const { address } = server;

  let paused = false;
  const pause = () => {
    paused = true;
    server.child.kill('SIGSTOP');
    for (const pid of sessionsOf(server.child.pid)) process.kill(pid, 'SIGSTOP');
  };
  const resume = () => {
    if (!paused) return;
    paused = false;
    for (const pid of sessionsOf(server.child.pid)) process.kill(pid, 'SIGCONT');
    server.child.kill('SIGCONT');
  };
  const stop = async (signal?: 'SIGKILL') => {
    resume();
    if (signal) server.child.kill(signal);
    await server.stop();
  };
  const start = async () => {
    server = await startPostgres({
      folder,
      durable,
      settings,
      port: address.port,
      passwords: address.passwords,
      onLine,
    });
  };
  const remove = async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    logs,
    url: (role) => databaseUrl(address, role),
    hasOwners: owners,
    stop,
    start,
    pause,
    resume,
    remove,
  };
};

/**
 * The server's own children: each session is a process in a group of its own, and goes on answering while its
 * parent is frozen. A frozen parent starts and buries none, so the list is right as long as it is.
 */
const sessionsOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

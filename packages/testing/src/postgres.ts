import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from 'souk/embedded/postgres.ts';
import { databaseUrl, type ServiceRole } from 'souk/embedded/postgres-database.ts';

export interface TestPostgres {
  /** The address of the database `souk` for a role; the same after every restart. */
  url(role: ServiceRole | 'postgres'): string;
  /** Ends the server, its data stay: cleanly, or as a crash does with SIGKILL. */
  stop(signal?: 'SIGKILL'): Promise<void>;
  /** Starts it again with the same data on the same port. */
  start(): Promise<void>;
  /** Freezes and wakes it: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Stops it and deletes its data. */
  remove(): Promise<void>;
}

/** A PostgreSQL of its own, for tests in which the server goes away. Others take a testDatabase(). */
export const testPostgres = async (): Promise<TestPostgres> => {
  const folder = mkdtempSync(join('/tmp', 'souk-test-'));
  chmodSync(folder, 0o755);
  let server = await startPostgres({ folder, durable: false });
  const { address } = server;

  const stop = async (signal?: 'SIGKILL') => {
    if (signal) server.child.kill(signal);
    await server.stop();
  };
  const start = async () => {
    server = await startPostgres({
      folder,
      durable: false,
      port: address.port,
      passwords: address.passwords,
    });
  };
  const remove = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    url: (role) => databaseUrl(address, role),
    stop,
    start,
    pause: () => server.child.kill('SIGSTOP'),
    resume: () => server.child.kill('SIGCONT'),
    remove,
  };
};

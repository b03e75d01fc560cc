import { randomBytes } from 'node:crypto';
import { serviceRoles } from '@souk/contracts/services.ts';
import { freePort } from '@souk/embedded/ports.ts';
import { databaseUrl, type PostgresAddress, prepareDatabase } from '@souk/embedded/postgres-database.ts';
import { eventually } from '../eventually.ts';
import type { TestPostgres } from '../servers.ts';
import { containerOf, kill, pause, remove, resume, saying, startAgain, stop } from './container.ts';

const readyTimeoutMs = 60_000;
const connectionsMax = 100;

interface PostgresContainerOptions {
  /** Gives every schema an owner. */
  owners?: boolean;
  /** Its data are in memory, and gone when it stops. */
  inMemory?: boolean;
}

/** A real PostgreSQL in a container, prepared as the embedded one is. */
export const postgresContainer = async ({
  owners = false,
  inMemory = false,
}: PostgresContainerOptions = {}): Promise<TestPostgres & { address: PostgresAddress }> => {
  const port = await freePort();
  const newPassword = () => randomBytes(16).toString('hex');
  const passwords = Object.fromEntries(
    [...serviceRoles, ...(owners ? serviceRoles.map((role) => `${role}_owner`) : []), 'postgres'].map(
      (role) => [role, newPassword()],
    ),
  ) as PostgresAddress['passwords'];
  const address = { host: '127.0.0.1', port, passwords };
  const logs: string[] = [];
  const container = await containerOf('postgres')
    .withExposedPorts({ container: 5432, host: port })
    .withTmpFs(inMemory ? { '/var/lib/postgresql': 'rw' } : {})
    .withEnvironment({ POSTGRES_PASSWORD: passwords.postgres, POSTGRES_DB: 'souk' })
    .withCommand([
      'postgres',
      ...Object.entries({
        fsync: 'off',
        full_page_writes: 'off',
        max_connections: `${connectionsMax}`,
      }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ])
    .withLogConsumer((stream) => {
      stream.on('data', (chunk) => logs.push(...String(chunk).split('\n').filter(Boolean)));
    })
    .withWaitStrategy(saying(/database system is ready to accept connections/))
    .withStartupTimeout(readyTimeoutMs)
    .start();
  // The first start answers on its port only when it is over.
  const ready = () => eventually(() => prepareDatabase(address, 'souk'), { timeoutMs: readyTimeoutMs });
  await ready();

  let paused = false;
  const wake = () => {
    if (paused) resume(container);
    paused = false;
  };
  return {
    address,
    logs,
    url: (role) => databaseUrl(address, role),
    hasOwners: owners,
    stop: async (signal) => {
      wake();
      await (signal ? kill(container) : stop(container));
    },
    start: async () => {
      await startAgain(container);
      await ready();
    },
    pause: () => {
      pause(container);
      paused = true;
    },
    resume: wake,
    remove: () => remove(container),
  };
};

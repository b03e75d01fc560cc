import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '@souk/embedded/child.ts';
import { freePort } from '@souk/embedded/ports.ts';
import postgres from 'postgres';
import { eventually } from './eventually.ts';

export interface TestPooler {
  /** The given address, by way of the pooler. */
  url: string;
  stop(): Promise<void>;
}

const program = 'pgbouncer';

/** Whether this machine has PgBouncer. Tests that need it are skipped otherwise; CI counts those as failed. */
export const hasPooler = spawnSync(program, ['--version']).status === 0;
if (!hasPooler) console.warn('SKIPPED: tests of poolers need PgBouncer (the package pgbouncer of Debian)');

/** A PgBouncer before the database of `databaseUrl`, with at most `poolSize` connections to it, taken in turn. */
export const testPooler = async (
  databaseUrl: string,
  { mode, poolSize }: { mode: 'session' | 'transaction'; poolSize: number },
): Promise<TestPooler> => {
  const url = new URL(databaseUrl);
  const folder = mkdtempSync('/tmp/souk-pooler-');
  chmodSync(folder, 0o755);
  const [config, users] = [join(folder, 'pgbouncer.ini'), join(folder, 'users.txt')];
  const port = await freePort();
  writeFileSync(users, `"${url.username}" "${url.password}"\n`);
  writeFileSync(
    config,
    `[databases]
* = host=${url.hostname} port=${url.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = ${mode}
default_pool_size = ${poolSize}
server_round_robin = 1
`,
  );
  const user = process.getuid?.() === 0 ? ['-u', 'postgres'] : [];
  const child = await startChild({
    ...{ command: program, args: [...user, config] },
    ...{ stopSignal: 'SIGINT', stopDeadlineMs: 5_000 },
  });
  url.port = String(port);
  await eventually(async () => {
    const sql = postgres(url.href, { max: 1, fetch_types: false });
    await sql.unsafe('select 1').finally(() => sql.end());
  });
  const stop = async () => {
    await child.stop();
    rmSync(folder, { recursive: true });
  };
  return { url: url.href, stop };
};

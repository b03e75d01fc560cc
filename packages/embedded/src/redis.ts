import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Child } from './child.ts';
import { freePort } from './ports.ts';
import { startUntilLine } from './ready-line.ts';

const readyDeadlineMs = 30_000;
const stopDeadlineMs = 5_000;
const memoryMax = '64mb';
/** Searched after the PATH: an ordinary user's PATH often lacks the folders of servers. */
const usualFolders = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

export interface EmbeddedRedis {
  port: number;
  url: string;
  child: Child;
  stop(): Promise<void>;
}

/** The path of redis-server or valkey-server, or undefined when the machine has neither. */
export const findRedis = (): string | undefined => {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...usualFolders];
  return ['redis-server', 'valkey-server']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find(isExecutable);
};

/**
 * Starts a Redis that keeps nothing on disk, on 127.0.0.1, on the given port or a free one. Returns undefined when
 * the machine has no Redis. At 64 MB it evicts the least recently used keys: it is a cache.
 */
export const startRedis = async (options: {
  port?: number | undefined;
  /** Further ones of the server, such as `tls-port`, when it is at this port. */
  settings?: ((port: number) => Record<string, string>) | undefined;
  onLine?: ((line: string) => void) | undefined;
}): Promise<EmbeddedRedis | undefined> => {
  const command = findRedis();
  if (!command) return undefined;
  const port = options.port || (await freePort());
  const settings = { bind: '127.0.0.1', port, save: '', appendonly: 'no', daemonize: 'no', dir: tmpdir() };
  // It would load a file of this name: one that nobody writes.
  const noFile = { dbfilename: `souk-${port}-none.rdb` };
  const limits = { maxmemory: memoryMax, 'maxmemory-policy': 'allkeys-lru' };
  const args = Object.entries({ ...settings, ...noFile, ...limits, ...options.settings?.(port) }).flatMap(
    ([key, value]) => [`--${key}`, `${value}`],
  );
  const child = await startUntilLine(
    'Redis',
    { command, args, stopDeadlineMs, onLine: options.onLine },
    (line) => line.includes('Ready to accept connections'),
    readyDeadlineMs,
  );
  return { port, url: `redis://127.0.0.1:${port}`, child, stop: async () => void (await child.stop()) };
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

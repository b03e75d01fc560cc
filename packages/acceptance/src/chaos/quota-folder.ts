import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder on a file system of its own, small enough to be filled. */
export interface QuotaFolder {
  path: string;
  /** Leaves no byte free. */
  fill(): void;
  /** Gives the bytes back. */
  free(): void;
  close(): void;
}

const chunkBytes = 1024 * 1024;

/** Needs the right to mount, as root or by sudo; undefined without it. */
export const openQuotaFolder = (megabytes: number): QuotaFolder | undefined => {
  const path = mkdtempSync('/tmp/souk-quota-');
  try {
    asRoot('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'souk-chaos', path);
  } catch {
    rmdirSync(path);
    return undefined;
  }
  const filler = join(path, 'filler');
  const close = () => {
    process.off('exit', close);
    // Processes that were killed may still hold a file for a moment.
    asRoot('umount', '--lazy', path);
    rmdirSync(path);
  };
  // A mount outlives its process.
  process.once('exit', close);
  return {
    path,
    fill: () => {
      for (let bytes = chunkBytes; bytes >= 1; )
        try {
          writeFileSync(filler, Buffer.alloc(bytes), { flag: 'a' });
        } catch {
          bytes = Math.floor(bytes / 2);
        }
    },
    free: () => rmSync(filler, { force: true }),
    close,
  };
};

const asRoot = (...command: string[]): void => {
  const [program = '', ...args] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  execFileSync(program, args, { stdio: 'ignore' });
};

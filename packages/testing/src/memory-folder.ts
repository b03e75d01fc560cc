import { chmodSync, mkdtempSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';

const memory = '/dev/shm';
/** Many times what a whole run takes. */
const roomMin = 4 * 2 ** 30;

/**
 * A new folder in memory, where the machine has much to spare. On a disk a new database takes several times the work,
 * also without fsync, and a tenth of that of all integration tests goes into it.
 */
export const memoryFolder = (): string | undefined => {
  if (!hasMemoryToSpare() || roomOf(memory) < roomMin) return undefined;
  const folder = mkdtempSync(join(memory, 'souk-tests-'));
  // Servers may run as another user.
  chmodSync(folder, 0o755);
  return folder;
};

export const hasMemoryToSpare = (): boolean => freemem() >= roomMin;

const roomOf = (folder: string): number => {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
};

import { accessSync, chmodSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
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
  if (runsPrograms(folder)) return folder;
  rmSync(folder, { recursive: true });
  return undefined;
};

export const hasMemoryToSpare = (): boolean => process.availableMemory() >= roomMin;

/** Containers often have it mounted `noexec`, and some tests write a program. */
const runsPrograms = (folder: string): boolean => {
  const program = join(folder, 'program');
  writeFileSync(program, '', { mode: 0o755 });
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(program);
  }
};

const roomOf = (folder: string): number => {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
};

import type { Random } from '../random.ts';
import type { ChaosMesh } from './chaos-mesh.ts';

/** The code of an error: the moment of a fault did not come, and nothing was done. */
export const notMet = 'NOT_MET';

export interface Fault {
  /** What happens, for the table and for schedules. */
  name: string;
  /** What it takes hold of: two faults that share one never overlap. */
  claims: readonly string[];
  /** Begins it, and gives what ends it. Throws with the code `notMet` where its moment did not come. */
  start(chaos: ChaosMesh, random: Random): Promise<() => Promise<void>>;
  /** True where nobody may notice: every request is answered all the while. */
  unnoticed?: true;
  /** Why it cannot be had on this machine; undefined where it can. */
  missing?(chaos: ChaosMesh): string | undefined;
}

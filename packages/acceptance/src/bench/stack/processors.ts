import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Of the machine, from 0. */
const last = availableParallelism() - 1;

/**
 * Gives this process, and what it starts from now on, the last processor to itself, and all that it has started the
 * others. Undefined, and nothing is done, where there is one processor alone or no `taskset` (util-linux).
 */
export const partProcessors = (): { ours: string; theirs: string; reunite(): void } | undefined => {
  const [ours, theirs] = [`${last}`, last > 1 ? `0-${last - 1}` : '0'];
  const give = (processors: string, pids: number[]) => {
    for (const pid of pids)
      execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', processors, `${pid}`], {
        stdio: 'ignore',
      });
  };
  const self = [process.pid];
  try {
    if (last < 1) return undefined;
    give(ours, self);
  } catch {
    return undefined;
  }
  give(theirs, startedBy(process.pid));
  return { ours, theirs, reunite: () => give(`0-${last}`, [...self, ...startedBy(process.pid)]) };
};

/** Those of threads other than the first are none that a service or a server starts. */
const startedBy = (pid: number): number[] => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return children.filter(Boolean).flatMap((child) => [Number(child), ...startedBy(Number(child))]);
};

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Of the machine, from 0. */
const last = availableParallelism() - 1;

/**
 * Gives this process, and what it starts from now on, the last processor to itself, and all that it has started the
 * others. Undefined, and nothing is changed, where there is one processor alone or no `taskset` (util-linux).
 */
export const partProcessors = (): { ours: string; theirs: string; reunite(): void } | undefined => {
  if (last < 1) return undefined;
  const [ours, theirs] = [`${last}`, last === 1 ? '0' : `0-${last - 1}`];
  const reunite = () => {
    give(`0-${last}`, [process.pid, ...startedBy(process.pid)]);
  };
  if (give(ours, [process.pid]) && give(theirs, startedBy(process.pid))) return { ours, theirs, reunite };
  reunite();
  return undefined;
};

/** Whether it could be done. What has ended meanwhile, as workers of Postgres do at any time, needs no processor. */
const give = (processors: string, pids: number[]): boolean =>
  pids.every((pid) => {
    const args = ['--all-tasks', '--cpu-list', '--pid', processors, `${pid}`];
    return spawnSync('taskset', args, { stdio: 'ignore' }).status === 0 || !existsSync(`/proc/${pid}`);
  });

/** Those of threads other than the first are none that a service or a server starts. */
const startedBy = (pid: number): number[] => {
  const children = childrenOf(pid).trim().split(' ');
  return children.filter(Boolean).flatMap((child) => [Number(child), ...startedBy(Number(child))]);
};

const childrenOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    return '';
  }
};

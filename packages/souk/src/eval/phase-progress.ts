import type { ImportProgress } from '../import/import-progress.ts';

/** Turns counts so far into the steps of a bar that begins again with each phase. */
export const phaseProgress = (progress: Pick<ImportProgress, 'phase' | 'done'>) => {
  let current = '';
  let before = 0;
  return (phase: string, done: number, total: number): void => {
    if (phase !== current || done < before) {
      progress.phase(phase, total);
      [current, before] = [phase, 0];
    }
    progress.done(done - before);
    before = done;
  };
};

import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolutionMs = 20;

/** Measures by how much timers of the process are late. */
export const openEventLoopDelay = () => {
  const measured = monitorEventLoopDelay({ resolution: resolutionMs });
  measured.enable();
  let before = { count: 0, totalNs: 0 };
  return {
    /** The mean since the last call, in milliseconds. */
    readMs: (): number => {
      const count = measured.count - before.count;
      if (count === 0) return 0;
      const totalNs = measured.count * measured.mean;
      const meanMs = (totalNs - before.totalNs) / count / 1e6;
      // Not reset: a histogram forgets when its last timer was due, and measures nothing while each comes after a reset.
      before = { count: measured.count, totalNs };
      return Math.max(0, meanMs - resolutionMs);
    },
    stop: (): void => {
      measured.disable();
    },
  };
};

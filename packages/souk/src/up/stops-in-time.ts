import { setTimeout as pause } from 'node:timers/promises';

/**
 * Whether `stop` succeeds before the deadline, which does not keep the process alive. When it does not, whoever calls goes
 * on all the same.
 */
export const stopsInTime = (stop: () => Promise<unknown>, deadlineMs: number): Promise<boolean> =>
  Promise.race([
    stop().then(
      () => true,
      () => false,
    ),
    pause(deadlineMs, false, { ref: false }),
  ]);

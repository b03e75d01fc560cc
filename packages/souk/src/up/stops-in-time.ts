import { wait } from '@souk/service-kit/service/backoff.ts';

/** Whether `stop` succeeds before the deadline. When it does not, whoever calls goes on all the same. */
export const stopsInTime = async (stop: () => Promise<unknown>, deadlineMs: number): Promise<boolean> => {
  const settled = new AbortController();
  const isStopped = await Promise.race([
    stop().then(
      () => true,
      () => false,
    ),
    wait(deadlineMs, settled.signal).then(() => false),
  ]);
  settled.abort();
  return isStopped;
};

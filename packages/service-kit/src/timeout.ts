import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * What `work` gives, or a rejection with the error of `late` after `ms`; `work` itself goes on. Before that, what has
 * already arrived is read: after a pause of this process timers come first, and its own delay would count.
 */
export const inTime = async <T>(work: T, ms: number, late: () => Error): Promise<Awaited<T>> => {
  const timeout = Promise.withResolvers<never>();
  let ended = false;
  const timer = setTimeout(async () => {
    await nextTurn();
    if (!ended) timeout.reject(late());
  }, ms);
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    ended = true;
    clearTimeout(timer);
  }
};

import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '@souk/contracts/services.ts';
import type { World } from './world.ts';

export interface Progress {
  /** Without the time until the first one; up to a fiftieth too low, by the pause between two looks. */
  perSecond: number;
  seconds: number;
}

const pollMsMin = 50;
/** Of the time so far: each question costs the service 2 ms of processor time. */
const pollShare = 0.02;
const silenceMaxMs = 60_000;

/**
 * Waits until a service has dealt with so many more messages than `before` (none, where it was just started). Rejects
 * when nothing happens for a minute.
 */
export const untilConsumed = (
  world: World,
  name: ServiceName,
  count: number,
  before = 0,
): Promise<Progress> => untilDone(name, count, async () => (await world.consumed(name)) - before);

/** Follows a number that rises from 0 to `count`. */
export const untilDone = async (
  what: string,
  count: number,
  read: () => Promise<number>,
): Promise<Progress> => {
  let first: { at: number; done: number } | undefined;
  const startedAt = performance.now();
  let last = { at: startedAt, done: 0 };
  let idleAt = startedAt;
  for (;;) {
    const done = await read();
    const at = performance.now();
    if (done === 0) idleAt = at;
    // All between two looks: then it took as long as from one to the other, at most.
    else first ??= done < count ? { at, done } : { at: idleAt, done: 0 };
    if (done !== last.done) last = { at, done };
    if (first && done >= count) {
      const seconds = (at - first.at) / 1_000;
      return { perSecond: (count - first.done) / seconds, seconds };
    }
    if (at - last.at > silenceMaxMs) throw new Error(`${what} has stopped at ${done} of ${count}`);
    await sleep(Math.max(pollMsMin, pollShare * (at - startedAt)));
  }
};

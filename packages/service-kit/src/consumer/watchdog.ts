/** Tells a consumer that has silently stopped: messages are there, none arrives. */
export interface Watchdog {
  /**
   * To be asked after every read. `unread`: the partitions whose log has messages that this member should get, each
   * with the offset behind the last one it got. True once one of them has got none in 15 s of reading, whatever the
   * others get.
   */
  stalled(unread: ReadonlyMap<string, number>): boolean;
}

const patienceMs = 15_000;
/** Between two reads; in a longer time nobody was reading, or the process was frozen. */
const readMsMax = 1_000;

export const createWatchdog = (clock: () => number = Date.now): Watchdog => {
  let waiting = new Map<string, { received: number; forMs: number }>();
  let askedAt = clock();
  return {
    stalled: (unread) => {
      const now = clock();
      const passedMs = Math.min(now - askedAt, readMsMax);
      askedAt = now;
      const before = waiting;
      waiting = new Map();
      for (const [partition, received] of unread) {
        const known = before.get(partition);
        const forMs = known?.received === received ? known.forMs + passedMs : 0;
        waiting.set(partition, { received, forMs });
      }
      return [...waiting.values()].some(({ forMs }) => forMs > patienceMs);
    },
  };
};

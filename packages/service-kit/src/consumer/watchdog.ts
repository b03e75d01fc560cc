/** Tells a consumer that has silently stopped: messages are there, none arrives. */
export interface Watchdog {
  /**
   * To be asked after every read. `unread`: the partitions whose log has messages that this member should get, each
   * with the offset behind the last one it got. `isFull`: the read gave all that it may, so that messages of any
   * partition may wait behind it: its time does not count. True once a partition has got none in 15 s of reading,
   * whatever the others get.
   */
  stalled(unread: ReadonlyMap<string, number>, isFull: boolean): boolean;
}

const patienceMs = 15_000;
/** Between two reads; in a longer time nobody was reading, or the process was frozen. */
const readMsMax = 1_000;

export const createWatchdog = (clock: () => number = Date.now): Watchdog => {
  let waiting = new Map<string, { received: number; forMs: number }>();
  let askedAt = clock();
  return {
    stalled: (unread, isFull) => {
      const now = clock();
      const passedMs = isFull ? 0 : Math.min(now - askedAt, readMsMax);
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

/** Tells a consumer that has silently stopped: messages are there, none arrives. */
export interface Watchdog {
  /** `unread`: the log has messages that this member should get. True after 15 s without one. */
  stalled(now: { received: number; unread: boolean }): boolean;
}

const patienceMs = 15_000;

export const createWatchdog = (clock: () => number = Date.now): Watchdog => {
  let since = clock();
  return {
    stalled: ({ received, unread }) => {
      if (received > 0 || !unread) since = clock();
      return clock() - since > patienceMs;
    },
  };
};

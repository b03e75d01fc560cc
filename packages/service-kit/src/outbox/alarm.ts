export interface Alarm {
  ring(): void;
  /** At most so long; not at all when it rang since the last wait. */
  wait(ms: number): Promise<void>;
}

/** A wait that `ring` ends early, and the signal; a ring that nobody waited for is remembered. */
export const wakeable = (signal: AbortSignal): Alarm => {
  let rung = false;
  let wakeUp: (() => void) | undefined;
  const ring = () => {
    rung = true;
    wakeUp?.();
  };
  signal.addEventListener('abort', ring);
  return {
    ring,
    wait: async (ms) => {
      if (!rung) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, ms);
        wakeUp = resolve;
        await promise;
        clearTimeout(timer);
        wakeUp = undefined;
      }
      rung = false;
    },
  };
};

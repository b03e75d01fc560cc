export interface WakeSignal {
  notify(): void;
  /** At most so long; not at all when notified since the last wait. */
  wait(ms: number): Promise<void>;
}

/** A wait that `notify` or the signal ends early; a notification that nobody waited for is remembered. */
export const createWakeSignal = (signal: AbortSignal): WakeSignal => {
  let notified = false;
  let wakeUp: (() => void) | undefined;
  const notify = () => {
    notified = true;
    wakeUp?.();
  };
  signal.addEventListener('abort', notify);
  return {
    notify,
    wait: async (ms) => {
      if (!notified) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, ms);
        wakeUp = resolve;
        await promise;
        clearTimeout(timer);
        wakeUp = undefined;
      }
      notified = false;
    },
  };
};

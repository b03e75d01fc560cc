import { setTimeout as pause } from 'node:timers/promises';

const defaultTimeoutMs = 60_000;
const defaultIntervalMs = 25;

/**
 * Calls `attempt` again and again until it neither throws nor rejects, and returns what it returned. After the
 * timeout (60 s by default) it throws the last error. This is how a test waits: for the thing, not for the clock.
 */
export const eventually = async <T>(
  attempt: () => T | Promise<T>,
  {
    timeoutMs = defaultTimeoutMs,
    intervalMs = defaultIntervalMs,
  }: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<T> => {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() >= deadline) throw error;
    }
    await pause(intervalMs);
  }
};

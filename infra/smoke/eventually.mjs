import { setTimeout as pause } from 'node:timers/promises';

const pollMs = 200;

/**
 * Tries until it no longer rejects; after the deadline rejects as the last attempt did.
 *
 * @param {() => Promise<void>} attempt
 */
export const eventually = async (attempt, deadlineMs = 30_000) => {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(pollMs);
    }
  }
};

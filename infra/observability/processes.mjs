import { startUntilLine } from '../../packages/embedded/src/ready-line.ts';

export { freePorts } from '../../packages/embedded/src/ports.ts';

/** @typedef {import('../../packages/embedded/src/child.ts').Child} Child */

const startDeadlineMs = 600_000;
const stopDeadlineMs = 30_000;

/**
 * The processes of a run, of which none is left when it ends.
 *
 * @param {string} cwd
 */
export const processes = (cwd) => {
  /** The last one started first. @type {Child[]} */
  const running = [];
  return {
    /**
     * Resolves once a line of its output holds the text; rejects with its last lines when it ends before.
     *
     * @param {string} command
     * @param {string[]} args
     * @param {string} ready
     */
    start: async (command, args, ready) => {
      const isReady = (/** @type {string} */ line) => line.includes(ready);
      // A machine that is busy with tests is no overloaded service.
      const env = { ...process.env, SHED_EVENT_LOOP_DELAY_MS: '0' };
      const options = { command, args, cwd, env, stopDeadlineMs };
      running.unshift(await startUntilLine(command, options, isReady, startDeadlineMs));
    },

    /** Stops each, the last one started first. */
    stop: async () => {
      for (const child of running.splice(0)) await child.stop();
    },
  };
};

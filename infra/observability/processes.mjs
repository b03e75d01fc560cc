import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** @typedef {import('node:child_process').ChildProcess} Child */

const outputKept = 20_000;
const startPollMs = 100;
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
     * Resolves once its output holds the text; rejects with its output when it ends before.
     *
     * @param {string} command
     * @param {string[]} args
     * @param {string} ready
     */
    start: async (command, args, ready) => {
      const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
      running.unshift(child);
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => {
          output = (output + chunk).slice(-outputKept);
        });
      child.on('error', (error) => {
        output += error.message;
      });
      while (!output.includes(ready)) {
        const alive = child.pid !== undefined && child.exitCode === null && child.signalCode === null;
        assert.ok(alive, `${command} ${args.join(' ')} ended:\n${output}`);
        await pause(startPollMs);
      }
    },

    /** SIGTERM for each, the last one started first, and SIGKILL for one that does not end in 30 seconds. */
    stop: async () => {
      for (const child of running.splice(0)) await stop(child);
    },
  };
};

/** @param {Child} child */
const stop = async (child) => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
  await exit;
  clearTimeout(late);
};

/**
 * The first of so many free ports in a row, below those that systems give out by themselves.
 *
 * @param {number} count
 */
export const freePorts = async (count) => {
  for (let base = 20_000 + 10 * Math.floor(Math.random() * 1_000); ; base += 10) {
    const ports = Array.from({ length: count }, (_, index) => base + index);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return base;
  }
};

/** @param {number} port @returns {Promise<boolean>} */
const isFree = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

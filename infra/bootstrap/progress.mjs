import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { installLog, root } from './places.mjs';

const keptLinesMax = 25;
const terminalTickMs = 500;
const plainTickMs = 15_000;
/** @type {NodeJS.Signals[]} */
const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** @type {import('node:fs').WriteStream | undefined} */
let log;

/** One line for the person who started this; everything the bootstrap says goes to standard error. */
export const say = (/** @type {string} */ text) => {
  process.stderr.write(`${text}\n`);
  log?.write(`${text}\n`);
};

/** Empties the install log, once something is to be installed. */
const openLog = () => {
  mkdirSync(dirname(installLog), { recursive: true });
  // Another user's log (root's, after a start by root) may be removed where it may not be written.
  rmSync(installLog, { force: true });
  return createWriteStream(installLog);
};

/**
 * Runs a program whose output goes to the install log, and shows that time passes: a line that counts on a
 * terminal, otherwise one every 15 s. Resolves to its exit code and its last lines.
 *
 * @param {string} title what the person reads
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, describe?: (line: string) => string | undefined }} options `describe` may turn a
 *   line of output into a note beside the title
 * @returns {Promise<{ code: number, lastLines: string[] }>}
 */
export const runLogged = async (title, command, args, { env, describe } = {}) => {
  const progress = showProgress(title);
  log ??= openLog();
  log.write(`\n$ ${command} ${args.join(' ')}\n`);
  // In a group of its own, so that a signal ends the compiler behind the installer too.
  const stdio = /** @type {const} */ (['ignore', 'pipe', 'pipe']);
  const child = spawn(command, args, { cwd: root, env: env ?? process.env, stdio, detached: true });
  const releaseSignals = endGroupOnSignal(child);
  /** @type {string[]} */
  const lastLines = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      log?.write(`${line}\n`);
      lastLines.push(line);
      if (lastLines.length > keptLinesMax) lastLines.shift();
      progress.note(describe?.(line));
    });
  }
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      lastLines.push(error.message);
      resolve(1);
    });
    child.once('close', (status) => resolve(status ?? 1));
  });
  releaseSignals();
  progress.end(code === 0);
  return { code, lastLines };
};

const endGroupOnSignal = (/** @type {import('node:child_process').ChildProcess} */ child) => {
  const onSignal = (/** @type {NodeJS.Signals} */ signal) => {
    if (child.pid) process.kill(-child.pid, 'SIGTERM');
    process.stderr.write('\n');
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of endSignals) process.on(signal, onSignal);
  return () => {
    for (const signal of endSignals) process.off(signal, onSignal);
  };
};

export const logHint = () => `The whole log: ${relative(process.cwd(), installLog)}`;

const showProgress = (/** @type {string} */ title) => {
  const startedAt = Date.now();
  const terminal = process.stderr.isTTY;
  let note = '';
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  const draw = () => {
    const text = `${title} … ${seconds()}${note && ` (${note})`}`;
    process.stderr.write(
      terminal ? `\r\x1b[2K${text.slice(0, (process.stderr.columns || 80) - 1)}` : `${text}\n`,
    );
  };
  if (!terminal) process.stderr.write(`${title} …\n`);
  const timer = setInterval(draw, terminal ? terminalTickMs : plainTickMs);
  return {
    note: (/** @type {string | undefined} */ text) => {
      if (text !== undefined) note = text;
    },
    end: (/** @type {boolean} */ good) => {
      clearInterval(timer);
      const text = `${title}: ${good ? 'done' : 'failed'} after ${seconds()}`;
      process.stderr.write(`${terminal ? '\r\x1b[2K' : ''}${text}\n`);
    },
  };
};
